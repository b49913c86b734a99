#include "tests/bench/append_server.h"

#include <optional>
#include <utility>

#include "eventstore/base/errors.h"
#include "eventstore/crypto/digest.h"
#include "services/rpc/status.h"

namespace tests::bench {

namespace log = eventstore::log;
namespace v1 = poolcirkel::bench::v1;

namespace {

// Calls that are taken at a time; more wait inside gRPC.
constexpr size_t kCalls = 128;

// The work of services/commands/runner: a keyed digest of the request, ids, one stream
// with its expected revision.
absl::StatusOr<log::AppendRequest> ToAppend(const v1::AppendRequest& request,
                                            eventstore::base::IdGenerator& ids) {
  log::AppendRequest append;
  ASSIGN_OR_RETURN(append.request, log::RequestId::FromBytes(request.request_id()));
  ASSIGN_OR_RETURN(const auto stream, log::StreamId::FromBytes(request.stream_id()));
  append.request_digest =
      eventstore::crypto::HmacSha256("key of the digests", request.SerializeAsString()).bytes();
  append.expected.push_back({BenchFeed(), stream, log::Revision(request.expected_revision())});
  for (const std::string& payload : request.payloads()) {
    log::NewRecord& record = append.records.emplace_back();
    record.feed = BenchFeed();
    record.stream = stream;
    record.id = ids.New<log::EventId>();
    record.type = "assignment_published";
    record.payload = payload;
  }
  return append;
}

}  // namespace

// Owned by gRPC while it is asked for or being answered, by the log meanwhile.
struct AppendServer::Call {
  std::optional<grpc::ServerContext> context;
  v1::AppendRequest request;
  v1::AppendResponse response;
  std::optional<grpc::ServerAsyncResponseWriter<v1::AppendResponse>> writer;
  bool is_answered = false;
};

AppendServer::AppendServer(BenchLog& log, BenchServiceImpl& service, grpc::ServerBuilder& builder)
    : log_(log), service_(service), queue_(builder.AddCompletionQueue()) {}

void AppendServer::Start() {
  thread_ = std::thread([this] { Run(); });
}

void AppendServer::Join() {
  if (thread_.joinable()) thread_.join();
  queue_->Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) {
  }
}

void AppendServer::Ask(std::unique_ptr<Call> call) {
  call->is_answered = false;
  call->response.Clear();
  call->writer.reset();
  call->context.emplace();
  call->writer.emplace(&*call->context);
  Call* const tag = call.release();
  service_.RequestAppend(&*tag->context, &tag->request, &*tag->writer, queue_.get(), queue_.get(),
                         tag);
}

void AppendServer::Execute(std::unique_ptr<Call> call) {
  call->is_answered = true;
  auto append = ToAppend(call->request, log_.ids());
  Call* const tag = call.release();
  if (!append.ok()) {
    tag->writer->FinishWithError(services::rpc::ToGrpc(append.status()), tag);
    return;
  }
  log_.log().AppendAsync(*std::move(append), [this, tag](absl::StatusOr<log::AppendResult> done) {
    absl::Status status = done.status();
    if (status.ok()) {
      const uint64_t sequence = done->positions.front().sequence.value();
      tag->response.set_first_sequence(sequence);
      if (tag->request.prove()) {
        status = FillProof(log_.log(), sequence, *tag->response.mutable_proof());
      }
    }
    tag->writer->Finish(tag->response, services::rpc::ToGrpc(status), tag);
  });
}

void AppendServer::Run() {
  for (; calls_ < kCalls; ++calls_) Ask(std::make_unique<Call>());
  void* tag = nullptr;
  bool ok = false;
  while (calls_ > 0 && queue_->Next(&tag, &ok)) {
    std::unique_ptr<Call> call(static_cast<Call*>(tag));
    if (call->is_answered) {
      Ask(std::move(call));
    } else if (ok) {
      Execute(std::move(call));
    } else {
      --calls_;  // the server was shut down
    }
  }
}

}  // namespace tests::bench
