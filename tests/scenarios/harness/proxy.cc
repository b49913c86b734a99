#include "tests/scenarios/harness/proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <deque>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace tests::scenarios::harness {
namespace {

constexpr size_t kAtOnce = 16 * 1024;
constexpr size_t kMostWaiting = 1024 * 1024;
constexpr int kSingleBytesAtOnce = 256;
constexpr int kPollMilliseconds = 5;

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

void Prepare(int socket_fd) {
  const int on = 1;
  setsockopt(socket_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  fcntl(socket_fd, F_SETFL, fcntl(socket_fd, F_GETFL, 0) | O_NONBLOCK);
}

}  // namespace

// One direction of a connection.
struct Proxy::Pipe {
  struct Piece {
    absl::Time due;
    std::string bytes;
  };
  int from = -1;
  int to = -1;
  bool is_answer = false;
  std::deque<Piece> waiting{};
  size_t waiting_bytes = 0;
  bool ended = false;   // nothing comes any more
  bool broken = false;  // the connection is to be closed
  // Counts down to the next harm; unset while the line does none.
  std::optional<size_t> until_cut{};
  std::optional<size_t> until_wrong_bit{};
};

struct Proxy::Connection {
  Connection(int client, int server) : request{client, server}, answer{server, client, true} {}
  ~Connection() {
    close(request.from);
    close(request.to);
  }
  bool over() const {
    const bool done = request.ended && request.waiting.empty();
    const bool answered = answer.ended && answer.waiting.empty();
    return request.broken || answer.broken || done || answered;
  }

  Pipe request;
  Pipe answer;
};

Proxy::Proxy(int target_port) : target_port_(target_port) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, generic, size) != 0 || listen(listener_, 64) != 0 ||
      getsockname(listener_, generic, &size) != 0) {
    std::cerr << "the proxy cannot listen" << std::endl;
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  Prepare(listener_);
  thread_ = std::thread([this] { Run(); });
}

Proxy::~Proxy() {
  stop_ = true;
  thread_.join();
  connections_.clear();
  close(listener_);
}

std::string Proxy::address() const { return absl::StrCat("127.0.0.1:", port_); }

void Proxy::Set(const Line& line) {
  const std::lock_guard<std::mutex> lock(mutex_);
  line_ = line;
}

Line Proxy::line() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return line_;
}

size_t Proxy::Within(size_t most) {
  random_ = random_ * 6364136223846793005U + 1442695040888963407U;
  return 1 + (random_ >> 33) % most;
}

void Proxy::Accept() {
  const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(target_port_);
  // On loopback this is answered at once, also by a node that is not there.
  if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    close(client);
    close(server);
    return;
  }
  Prepare(client);
  Prepare(server);
  connections_.push_back(std::make_unique<Connection>(client, server));
}

// Cuts and changes what comes from the node.
void Proxy::Harm(Pipe& pipe, std::string& bytes, const Line& line) {
  if (!line.cut_within.has_value()) pipe.until_cut.reset();
  if (!line.wrong_bit_within.has_value()) pipe.until_wrong_bit.reset();
  if (!pipe.is_answer) return;
  if (line.cut_within.has_value()) {
    if (!pipe.until_cut.has_value()) pipe.until_cut = Within(*line.cut_within);
    if (*pipe.until_cut <= bytes.size()) {
      bytes.resize(*pipe.until_cut);
      pipe.ended = true;
      ++cuts_;
    } else {
      *pipe.until_cut -= bytes.size();
    }
  }
  if (line.wrong_bit_within.has_value()) {
    if (!pipe.until_wrong_bit.has_value()) pipe.until_wrong_bit = Within(*line.wrong_bit_within);
    if (*pipe.until_wrong_bit <= bytes.size()) {
      char& wrong = bytes[*pipe.until_wrong_bit - 1];
      wrong = static_cast<char>(wrong ^ 0x10);
      pipe.until_wrong_bit.reset();
      ++wrong_bits_;
    } else {
      *pipe.until_wrong_bit -= bytes.size();
    }
  }
}

void Proxy::Take(Pipe& pipe, const Line& line, absl::Time now) {
  while (!pipe.ended && pipe.waiting_bytes < kMostWaiting) {
    std::string bytes(kAtOnce, '\0');
    const ssize_t count = recv(pipe.from, bytes.data(), bytes.size(), 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
      pipe.ended = true;
      return;
    }
    bytes.resize(static_cast<size_t>(count));
    Harm(pipe, bytes, line);
    pipe.waiting_bytes += bytes.size();
    pipe.waiting.push_back({now + line.delay, std::move(bytes)});
  }
}

void Proxy::Give(Pipe& pipe, const Line& line, absl::Time now) {
  if (line.stalled) return;
  int singles = 0;
  while (!pipe.waiting.empty() && pipe.waiting.front().due <= now) {
    std::string& bytes = pipe.waiting.front().bytes;
    if (line.single_bytes && ++singles > kSingleBytesAtOnce) return;
    const size_t wanted = line.single_bytes ? 1 : bytes.size();
    const ssize_t count = send(pipe.to, bytes.data(), wanted, MSG_NOSIGNAL);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count < 0) {
      pipe.broken = true;
      return;
    }
    bytes_ += static_cast<uint64_t>(count);
    pipe.waiting_bytes -= static_cast<size_t>(count);
    bytes.erase(0, static_cast<size_t>(count));
    if (bytes.empty()) pipe.waiting.pop_front();
  }
}

void Proxy::Run() {
  while (!stop_) {
    std::vector<pollfd> sockets = {{listener_, POLLIN, 0}};
    bool busy = false;
    for (const auto& connection : connections_) {
      for (const Pipe* pipe : {&connection->request, &connection->answer}) {
        if (!pipe->ended && pipe->waiting_bytes < kMostWaiting) {
          sockets.push_back({pipe->from, POLLIN, 0});
        }
        busy = busy || !pipe->waiting.empty();
      }
    }
    const Line line = this->line();
    // What waits for its time, or to go out byte by byte, is looked at again soon.
    const bool soon = busy && line.single_bytes && !line.stalled;
    poll(sockets.data(), sockets.size(), soon ? 0 : kPollMilliseconds);
    if ((sockets[0].revents & POLLIN) != 0) Accept();
    const absl::Time now = absl::Now();
    for (const auto& connection : connections_) {
      for (Pipe* pipe : {&connection->request, &connection->answer}) {
        Take(*pipe, line, now);
        Give(*pipe, line, now);
      }
    }
    std::erase_if(connections_, [](const auto& connection) { return connection->over(); });
  }
}

}  // namespace tests::scenarios::harness
