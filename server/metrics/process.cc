#include "server/metrics/process.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace tunegate::metrics {
namespace {

double SecondsOf(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

void ReadMemory(Catalogue& catalogue) {
  std::ifstream file("/proc/self/statm");
  double size = 0, resident = 0;
  if (file >> size >> resident) {
    catalogue.resident_bytes.Set(resident * static_cast<double>(sysconf(_SC_PAGESIZE)));
  }
}

void ReadDescriptors(Catalogue& catalogue) {
  if (DIR* folder = opendir("/proc/self/fd"); folder != nullptr) {
    int count = 0;
    while (const dirent* entry = readdir(folder)) count += entry->d_name[0] != '.' ? 1 : 0;
    closedir(folder);
    catalogue.open_fds.Set(count - 1);  // the folder itself was one
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    catalogue.max_fds.Set(static_cast<double>(limit.rlim_cur));
  }
}

void ReadProcessorTime(Catalogue& catalogue) {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return;
  catalogue.cpu_seconds.Set(SecondsOf(usage.ru_utime) + SecondsOf(usage.ru_stime));
}

// The machine's start, plus the process's after it in clock ticks: field 22 of its stat, counted
// behind the program's name, which may hold anything.
void ReadStartTime(Catalogue& catalogue) {
  double boot_time = 0;
  std::ifstream machine("/proc/stat");
  for (std::string word; machine >> word;) {
    if (word == "btime" && machine >> boot_time) break;
  }
  std::stringstream text;
  text << std::ifstream("/proc/self/stat").rdbuf();
  const std::string stat = text.str();
  const size_t name_end = stat.rfind(')');
  if (boot_time == 0 || name_end == std::string::npos) return;
  std::istringstream fields(stat.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  double ticks = 0;
  if (!(fields >> ticks)) return;
  catalogue.start_time.Set(boot_time + ticks / static_cast<double>(sysconf(_SC_CLK_TCK)));
}

}  // namespace

void ReadProcess(Catalogue& catalogue) {
  ReadMemory(catalogue);
  ReadDescriptors(catalogue);
  ReadProcessorTime(catalogue);
  ReadStartTime(catalogue);
}

}  // namespace tunegate::metrics
