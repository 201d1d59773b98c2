// CuttingProxy: stands between a store and its PostgreSQL and breaks connections at chosen moments,
// as networks do.
#ifndef TUNEGATE_SERVER_STORE_POSTGRES_TESTING_CUTTING_PROXY_H_
#define TUNEGATE_SERVER_STORE_POSTGRES_TESTING_CUTTING_PROXY_H_

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "common/mutex.h"

namespace tunegate::store::postgres {

// What becomes of a connection on which a commit is sent: a small batch goes in one piece with all
// that commits it, or with that in its second piece.
enum class Cut {
  kNot,
  kBeforeCommit,   // it does not reach the database; both ends are told at once
  kAfterCommit,    // it does, its answer does not come back
  kClientOnly,     // it does not reach the database, which is not told that the client is gone
  kCommitTooLate,  // the client is told at once; the commit arrives a little later
  kHalfSent,       // all but the end of it arrives: its client is stopped just then
  kAfterAndAway,   // as kAfterCommit, and nobody can connect from then on
};

// Thread-safe.
class CuttingProxy {
 public:
  // Passes on to the server whose socket stands in `directory`.
  explicit CuttingProxy(std::string directory);
  ~CuttingProxy();

  // Where its own socket stands.
  const std::string& directory() const { return directory_; }
  // Cuts the next connection on which `text`, which outlives the proxy, is sent; once. A
  // statement's text is sent when a connection first runs it; the default raises the log's counter,
  // as the first commit of either way does.
  void CutNext(Cut cut, const char* text = "SET newest_position") {
    text_ = text;
    cut_ = cut;
  }
  // How many connections were cut.
  int cuts() const { return cuts_; }
  // False: nobody can connect.
  void LetIn(bool let_in) { let_in_ = let_in; }

 private:
  void Accept();
  void Pass(int client);
  // Applies the cut to what the client sent; false when the connection is done with.
  bool Forward(int client, int server, const std::string& bytes);

  const std::string target_;
  std::string directory_;
  int listener_ = -1;
  std::atomic<const char*> text_ = "";
  std::atomic<Cut> cut_ = Cut::kNot;
  std::atomic<int> cuts_ = 0;
  std::atomic<bool> let_in_ = true;
  std::atomic<bool> stopping_ = false;
  Mutex mutex_;
  std::vector<std::thread> connections_ ABSL_GUARDED_BY(mutex_);
  std::thread acceptor_;
};

}  // namespace tunegate::store::postgres

#endif  // TUNEGATE_SERVER_STORE_POSTGRES_TESTING_CUTTING_PROXY_H_
