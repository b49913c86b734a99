#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace services::node {

// The configuration of one member's node, read from YAML. deploy/node.example.yaml
// shows every key with its default.
struct Config {
  struct Member {
    std::string short_name;    // [a-z0-9-], 1..40
    std::string organisation;  // "Gemeente Rotterdam"
    std::string oin;           // 20 digits
    double latitude = 0;       // WGS 84
    double longitude = 0;
  };
  struct Api {
    std::string listen = "127.0.0.1:7101";
    // Names and addresses that stand in the certificate that `init` makes.
    std::vector<std::string> names = {"localhost", "127.0.0.1"};
    int threads = 128;  // calls at the same time, streams among them; 8..1024. More are refused
  };
  struct Peer {
    std::string listen = "127.0.0.1:7201";
    // What the charter tells the other members; 1..4 of "host:port".
    std::vector<std::string> addresses = {"127.0.0.1:7201"};
    int threads = 256;  // as above; every member of every circle holds a stream
  };
  struct Limits {
    int64_t message_bytes = 4 * 1024 * 1024;      // 64 KiB..64 MiB
    int64_t append_queue = 4096;                  // waiting requests; 1..1,000,000
    absl::Duration deadline = absl::Seconds(30);  // of a call that states none
    absl::Duration shutdown = absl::Seconds(5);   // for calls that run at SIGTERM
  };
  struct Privacy {
    // How long backups of class keys are kept: what this node promises when it
    // acknowledges an erasure; 0..3650. 0: there are none.
    int key_backup_days = 30;
    // After a start, how long to wait for another member before answering about persons
    // when none can be reached; 0..3600.
    absl::Duration catch_up = absl::Seconds(10);
  };
  struct Logging {
    std::string format = "text";  // text, json
    std::string level = "info";   // debug, info, warning, error
  };

  Member member;
  std::string data_directory;  // absolute, or relative to the configuration file
  Api api;
  Peer peer;
  Limits limits;
  Privacy privacy;
  Logging logging;
};

// Reads and checks a file. INVALID_ARGUMENT names every key that is missing,
// unknown or out of range, with the rule; NOT_FOUND when there is no such file.
absl::StatusOr<Config> ReadConfig(const std::string& path);

// As ReadConfig, on text; `base_directory` is what relative paths start from.
absl::StatusOr<Config> ParseConfig(const std::string& yaml, const std::string& base_directory);

}  // namespace services::node
