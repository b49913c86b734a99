#include "tests/bench/bench_service.h"

#include "eventstore/base/errors.h"
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

absl::Status FillProof(const log::EventLog& events, uint64_t sequence, v1::Proof& proof) {
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
  call->Finish(services::rpc::ToGrpc(FillProof(log_->log(), request->sequence(), *response)));
  return call;
}

}  // namespace tests::bench
