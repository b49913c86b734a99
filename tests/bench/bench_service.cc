#include "tests/bench/bench_service.h"

#include "eventstore/base/errors.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/merkle/note.h"
#include "services/rpc/status.h"

namespace tests::bench {

namespace log = eventstore::log;
namespace merkle = eventstore::merkle;
namespace v1 = poolcirkel::bench::v1;

namespace {

// Writes the same message until there were enough; it is serialised each time.
class StreamReactor final : public grpc::ServerWriteReactor<v1::Blobs> {
 public:
  explicit StreamReactor(const v1::StreamRequest& request) : left_(request.messages()) {
    for (std::string& payload : MakePayloads(request.events_per_message())) {
      blobs_.add_events(std::move(payload));
    }
    Continue();
  }
  void OnWriteDone(bool ok) override { ok ? Continue() : Finish(grpc::Status::CANCELLED); }
  void OnDone() override { delete this; }

 private:
  void Continue() {
    if (left_ == 0) {
      Finish(grpc::Status::OK);
      return;
    }
    --left_;
    StartWrite(&blobs_);
  }

  uint64_t left_;
  v1::Blobs blobs_;
};

}  // namespace

grpc::ServerUnaryReactor* BenchServiceImpl::Echo(grpc::CallbackServerContext* context,
                                                 const v1::Blob* request, v1::Blob* response) {
  response->set_data(request->data());
  auto* call = context->DefaultReactor();
  call->Finish(grpc::Status::OK);
  return call;
}

grpc::ServerWriteReactor<v1::Blobs>* BenchServiceImpl::Stream(grpc::CallbackServerContext*,
                                                              const v1::StreamRequest* request) {
  return new StreamReactor(*request);
}

// The work of services/commands/runner: a keyed digest of the request, ids, one stream
// with its expected revision.
absl::StatusOr<log::AppendRequest> BenchServiceImpl::ToAppend(
    const v1::AppendRequest& request) const {
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
    record.id = log_->ids().New<log::EventId>();
    record.type = "assignment_published";
    record.payload = payload;
  }
  return append;
}

grpc::ServerUnaryReactor* BenchServiceImpl::Append(grpc::CallbackServerContext* context,
                                                   const v1::AppendRequest* request,
                                                   v1::AppendResponse* response) {
  auto* call = context->DefaultReactor();
  auto append = ToAppend(*request);
  if (!append.ok()) {
    call->Finish(services::rpc::ToGrpc(append.status()));
    return call;
  }
  log_->log().AppendAsync(*std::move(append),
                          [this, call, request, response](absl::StatusOr<log::AppendResult> done) {
                            absl::Status status = done.status();
                            if (status.ok()) {
                              const uint64_t sequence = done->positions.front().sequence.value();
                              response->set_first_sequence(sequence);
                              if (request->prove())
                                status = FillProof(sequence, *response->mutable_proof());
                            }
                            call->Finish(services::rpc::ToGrpc(status));
                          });
  return call;
}

absl::Status BenchServiceImpl::FillProof(uint64_t sequence, v1::Proof& proof) const {
  const log::EventLog& events = log_->log();
  const log::Sequence at(sequence);
  ASSIGN_OR_RETURN(*proof.mutable_checkpoint_note(), events.CheckpointNote(BenchFeed()));
  ASSIGN_OR_RETURN(const auto note, merkle::ParseNote(proof.checkpoint_note()));
  ASSIGN_OR_RETURN(const auto checkpoint, merkle::ParseCheckpoint(note.text));
  ASSIGN_OR_RETURN(const auto found, events.ReadFeed(BenchFeed(), at, 1));
  if (found.empty()) return absl::NotFoundError("no such event");
  proof.set_record(found.front().bytes);
  ASSIGN_OR_RETURN(const auto hashes, events.InclusionProof(BenchFeed(), at, checkpoint.size));
  for (const auto& hash : hashes) proof.add_hashes(hash.bytes());
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* BenchServiceImpl::Prove(grpc::CallbackServerContext* context,
                                                  const v1::ProveRequest* request,
                                                  v1::Proof* response) {
  auto* call = context->DefaultReactor();
  call->Finish(services::rpc::ToGrpc(FillProof(request->sequence(), *response)));
  return call;
}

}  // namespace tests::bench
