#include "tests/scenarios/harness/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "absl/time/clock.h"

extern char** environ;

namespace tests::scenarios::harness {

Process::Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    Kill();
    pid_ = std::exchange(other.pid_, -1);
  }
  return *this;
}

Process::~Process() { Kill(); }

Process Process::Start(const std::vector<std::string>& command, const std::string& log_path,
                       const std::string& errors_path) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  constexpr int kAppend = O_WRONLY | O_CREAT | O_APPEND;
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log_path.c_str(), kAppend, 0644);
  if (errors_path.empty()) {
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  } else {
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors_path.c_str(), kAppend, 0644);
  }
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  Process process;
  const int error =
      posix_spawn(&process.pid_, command[0].c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    std::cerr << "cannot start " << command[0] << ": error " << error << std::endl;
    std::abort();
  }
  return process;
}

void Process::Signal(int signal) {
  if (pid_ > 0) kill(pid_, signal);
}

void Process::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

int Process::Wait(absl::Duration timeout) {
  int status = -1;
  pid_t ended = 0;
  Eventually([&] { return pid_ <= 0 || (ended = waitpid(pid_, &status, WNOHANG)) != 0; }, timeout);
  if (pid_ <= 0 || ended != pid_) return -1;
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool Process::Terminate(absl::Duration timeout) {
  Signal(SIGTERM);
  const int code = Wait(timeout);
  Kill();
  return code == 0;
}

int FreePort() {
  const int socket_fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(socket_fd, generic, size) != 0 || getsockname(socket_fd, generic, &size) != 0) {
    std::abort();
  }
  close(socket_fd);
  return ntohs(address.sin_port);
}

int RunProgram(const std::vector<std::string>& command, const std::string& log_path,
               const std::string& errors_path) {
  return Process::Start(command, log_path, errors_path).Wait(absl::Seconds(60));
}

std::string ReadText(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string ProgramPath(const std::string& name) {
  // Tests stand at <build>/tests/…, programs at <build>/bin.
  std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  while (!folder.empty() && !std::filesystem::exists(folder / "bin" / name)) {
    if (folder == folder.parent_path()) return name;
    folder = folder.parent_path();
  }
  return folder / "bin" / name;
}

}  // namespace tests::scenarios::harness
