#include "services/rpc/channel.h"

#include <grpc/grpc.h>
#include <grpc/support/time.h>

#include <algorithm>
#include <chrono>

namespace services::rpc {
namespace {

// Message and details of a refusal travel as metadata; gRPC's own limit is 8 KiB.
constexpr int kMaximumMetadataBytes = 64 * 1024;
constexpr int kMaximumPingStrikes = 2;

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(std::clamp<int64_t>(absl::ToInt64Milliseconds(duration), 1, 1 << 30));
}

}  // namespace

grpc::ChannelArguments ChannelArguments(const Limits& limits) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(limits.maximum_message_bytes);
  arguments.SetMaxSendMessageSize(limits.maximum_message_bytes);
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, kMaximumMetadataBytes);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(limits.keepalive_interval));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(limits.keepalive_timeout));
  // A subscription may be silent for hours; a dead peer must still be noticed.
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);
  // The name misleads: gRPC gives up one attempt after this.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, Milliseconds(limits.connect_timeout));
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS,
                   Milliseconds(limits.maximum_reconnect_backoff));
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // Who calls knows what may be repeated; gRPC would keep each message for a repetition
  // that no policy asks for.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  return arguments;
}

void ConfigureServer(grpc::ServerBuilder& builder, const Limits& limits) {
  builder.SetMaxReceiveMessageSize(limits.maximum_message_bytes);
  builder.SetMaxSendMessageSize(limits.maximum_message_bytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaximumMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(limits.keepalive_interval));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(limits.keepalive_timeout));
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             Milliseconds(limits.keepalive_interval / 2));
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, kMaximumPingStrikes);
  // Two nodes on one port would each get half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

void SetTimeout(grpc::ClientContext& context, absl::Duration timeout) {
  // As a span, so that gRPC counts by its own clock.
  context.set_deadline(gpr_time_from_millis(Milliseconds(timeout), GPR_TIMESPAN));
}

absl::Time DeadlineOf(const grpc::ServerContextBase& context, const eventstore::base::Clock& clock,
                      absl::Duration longest) {
  const absl::Time latest = clock.Now() + longest;
  const auto deadline = context.deadline();
  if (deadline == std::chrono::system_clock::time_point::max()) return latest;
  return std::min(latest, absl::FromChrono(deadline));
}

}  // namespace services::rpc
