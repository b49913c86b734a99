#pragma once

#include <grpcpp/channel.h>
#include <sys/types.h>

#include <memory>
#include <string>

#include "tests/bench/measure.h"

namespace tests::bench {

// The program as a server: --dir (identities), --log (a log of BenchLog, optional),
// --services bench or peer. Tells its port on standard output, and serves until it is ended.
void Serve(const Arguments& arguments);

// That server as a process of its own, ended with the object.
class ServerProcess {
 public:
  // `log` empty: none.
  ServerProcess(const std::string& folder, const std::string& services, const std::string& log);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  std::string address() const;
  // Over mutual TLS, as node 2.
  std::shared_ptr<grpc::Channel> Connect() const;

 private:
  const std::string folder_;
  pid_t process_ = -1;
  int port_ = 0;
};

}  // namespace tests::bench
