#include "tests/bench/server.h"

#include <fcntl.h>
#include <grpc/support/time.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "services/peer/peer_service.h"
#include "services/rpc/channel.h"
#include "services/rpc/credentials.h"
#include "tests/bench/append_server.h"
#include "tests/bench/bench_service.h"
#include "tests/bench/circle.h"
#include "tests/bench/events.h"

namespace tests::bench {

namespace peer = services::peer;
namespace rpc = services::rpc;

void Serve(const Arguments& arguments) {
  // Also gone when whoever started it is.
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  // Before there are other threads: they take over what is blocked.
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigprocmask(SIG_BLOCK, &ending, nullptr);
  const std::string folder = arguments.Text("dir");
  const std::string directory = arguments.Text("log", "");
  const auto log = directory.empty() ? nullptr : std::make_unique<BenchLog>(directory);
  const auto circles = CircleOfTwo(folder, 1, "");
  grpc::ServerBuilder builder;
  rpc::ConfigureServer(builder);
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", rpc::PeerServerCredentials(IdentityOf(folder, 1)), &port);
  std::unique_ptr<BenchServiceImpl> bench_service;
  std::unique_ptr<AppendServer> appends;
  std::unique_ptr<eventstore::privacy::KeyFile> keys;
  std::unique_ptr<peer::PeerServiceImpl> peer_service;
  eventstore::crypto::SystemEntropy entropy;
  const ScratchFolder scratch(folder);
  if (arguments.Text("services") == "peer") {
    keys = Need(eventstore::privacy::KeyFile::Open(scratch.path() + "/keys", entropy));
    peer::PeerServiceImpl::Options options;
    options.log = &log->log();
    options.circles = circles.get();
    options.keys = keys.get();
    options.clock = &log->clock();
    peer_service = std::make_unique<peer::PeerServiceImpl>(options);
    builder.RegisterService(peer_service.get());
  } else {
    bench_service = std::make_unique<BenchServiceImpl>(log.get());
    builder.RegisterService(bench_service.get());
    if (log != nullptr) appends = std::make_unique<AppendServer>(*log, *bench_service, builder);
  }
  const auto server = builder.BuildAndStart();
  if (server == nullptr) Fail("the server does not start");
  if (appends != nullptr) appends->Start();
  std::printf("%d\n", port);
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ending, &signal);
  if (peer_service != nullptr) peer_service->Stop();
  server->Shutdown(std::chrono::system_clock::time_point());
  if (appends != nullptr) appends->Join();
}

ServerProcess::ServerProcess(const std::string& folder, const std::string& services,
                             const std::string& log)
    : folder_(folder) {
  IdentityOf(folder, 1);
  IdentityOf(folder, 2);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) Fail("no pipe");
  std::vector<std::string> words = {"poolcirkel_bench", "serve", "--dir", folder,
                                    "--services",       services};
  if (!log.empty()) words.insert(words.end(), {"--log", log});
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  process_ = fork();
  if (process_ == 0) {
    dup2(ends[1], STDOUT_FILENO);
    execv("/proc/self/exe", pointers.data());
    _exit(127);
  }
  close(ends[1]);
  FILE* told = fdopen(ends[0], "r");
  if (process_ < 0 || told == nullptr || std::fscanf(told, "%d", &port_) != 1) {
    Fail("the server did not start");
  }
  std::fclose(told);
}

ServerProcess::~ServerProcess() {
  kill(process_, SIGTERM);
  waitpid(process_, nullptr, 0);
}

std::string ServerProcess::address() const { return absl::StrCat("127.0.0.1:", port_); }

std::shared_ptr<grpc::Channel> ServerProcess::Connect() const {
  static const auto& clock = *new eventstore::base::SystemClock;
  const auto channel = grpc::CreateCustomChannel(
      address(),
      rpc::PeerChannelCredentials(IdentityOf(folder_, 2), PinOf(IdentityOf(folder_, 1)), clock),
      rpc::ChannelArguments());
  if (!channel->WaitForConnected(gpr_time_from_seconds(20, GPR_TIMESPAN))) {
    Fail("no connection to the server");
  }
  return channel;
}

}  // namespace tests::bench
