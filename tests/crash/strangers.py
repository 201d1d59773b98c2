"""What somebody else has at the same provider, and no server of ours may touch."""

import json
import urllib.request

from tests.e2e.product import wait_until

_BOUNDARY = "stranger"


def add_stranger(sandbox):
    """Makes a job of another TuneGate's, which ends; returns the ids of what is there then."""
    file = _upload(sandbox)
    job = sandbox.ask("/fine_tuning/jobs", {
        "model": "sandbox-keyword-1", "training_file": file,
        "metadata": {"tunegate_intent": "another", "tunegate_job": "jobs/w"}})["id"]
    wait_until(lambda: sandbox.ask(f"/fine_tuning/jobs/{job}")["status"] == "succeeded", "the stranger's job")
    return {file, job}


def _upload(sandbox):
    example = {"messages": [{"role": "user", "content": "a gift"},
                            {"role": "assistant", "content": '{"type": "GIFT"}'}]}
    parts = [('name="purpose"', "fine-tune"),
             ('name="file"; filename="theirs.jsonl"', "".join(f"{json.dumps(example)}\n" for _ in range(12)))]
    body = "".join(f"--{_BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n"
                   for head, content in parts) + f"--{_BOUNDARY}--\r\n"
    request = urllib.request.Request(
        sandbox.base_url + "/files", data=body.encode(),
        headers={"Authorization": "Bearer test",
                 "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"})
    with urllib.request.urlopen(request) as response:
        return json.load(response)["id"]
