#include "services/peer/unary_calls.h"

#include "eventstore/base/errors.h"
#include "services/rpc/channel.h"
#include "services/rpc/status.h"

namespace services::peer {

namespace base = eventstore::base;

namespace {

absl::Status Unreachable() {
  return base::Refusal(absl::StatusCode::kUnavailable, "PEER_UNREACHABLE",
                       "het knooppunt van het andere lid antwoordt niet")
      .Remedy("probeer het later nog eens, of bel het andere lid")
      .Retry(absl::Seconds(2));
}

}  // namespace

absl::Status UnaryCalls::Call(absl::Duration deadline,
                              const std::function<grpc::Status(grpc::ClientContext&)>& invoke) {
  grpc::ClientContext context;
  rpc::SetTimeout(context, deadline);
  if (!Begin(context)) return Unreachable();
  const absl::Status status = rpc::FromGrpc(invoke(context));
  End(context);
  // A refusal of the peer has a reason; what gRPC says by itself has none.
  const bool own_words = !base::DetailsOf(status).reason.empty();
  const bool silence =
      absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) || absl::IsCancelled(status);
  return silence && !own_words ? Unreachable() : status;
}

void UnaryCalls::CancelAll() {
  base::MutexLock lock(mutex_);
  closed_ = true;
  for (grpc::ClientContext* context : under_way_) context->TryCancel();
}

bool UnaryCalls::Begin(grpc::ClientContext& context) {
  base::MutexLock lock(mutex_);
  if (closed_) return false;
  under_way_.insert(&context);
  return true;
}

void UnaryCalls::End(grpc::ClientContext& context) {
  base::MutexLock lock(mutex_);
  under_way_.erase(&context);
}

}  // namespace services::peer
