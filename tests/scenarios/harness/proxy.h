#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"

namespace tests::scenarios::harness {

// How a connection through a proxy is, in both directions.
struct Line {
  // Every byte arrives so much later.
  absl::Duration delay = absl::ZeroDuration();
  // Connections stand and bytes are taken, but none arrives.
  bool stalled = false;
  // Every byte is sent for itself.
  bool single_bytes = false;
  // A connection is cut after so many bytes of an answer, wherever that is; the next one
  // after another number, up to this.
  std::optional<size_t> cut_within = {};
  // One bit of every so many bytes of an answer arrives wrong.
  std::optional<size_t> wrong_bit_within = {};
};

// Stands between the members and one node's peer port, and is the address that the charter
// tells of it. Bytes go through as they are until the line is changed. Owns a thread and
// its sockets; thread-safe.
class Proxy {
 public:
  // Listens on a free loopback port, and leads to `target_port` of loopback.
  explicit Proxy(int target_port);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  std::string address() const;
  // Holds for connections that stand and for new ones.
  void Set(const Line& line);

  // How often the line did what it was set to: connections cut, bits changed.
  uint64_t cuts() const { return cuts_; }
  uint64_t wrong_bits() const { return wrong_bits_; }
  uint64_t bytes() const { return bytes_; }

 private:
  struct Pipe;
  struct Connection;

  void Run();
  void Accept();
  void Take(Pipe& pipe, const Line& line, absl::Time now);
  void Give(Pipe& pipe, const Line& line, absl::Time now);
  void Harm(Pipe& pipe, std::string& bytes, const Line& line);
  size_t Within(size_t most);
  Line line() const;

  const int target_port_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  Line line_;
  std::atomic<bool> stop_ = false;
  std::atomic<uint64_t> cuts_ = 0;
  std::atomic<uint64_t> wrong_bits_ = 0;
  std::atomic<uint64_t> bytes_ = 0;
  // Only of the thread.
  std::vector<std::unique_ptr<Connection>> connections_;
  uint64_t random_ = 20261121;
  std::thread thread_;
};

}  // namespace tests::scenarios::harness
