#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/channel_arguments.h>

#include "absl/time/time.h"
#include "eventstore/base/clock.h"

// Limits and deadlines of every connection, the same on both sides.
namespace services::rpc {

struct Limits {
  // A package of a feed is at most 4 MiB of records, plus its proof.
  int maximum_message_bytes = 6 * 1024 * 1024;
  // An idle connection is tried after this long, and given up when no answer came.
  absl::Duration keepalive_interval = absl::Seconds(30);
  absl::Duration keepalive_timeout = absl::Seconds(10);
  // How long one attempt to connect may take, handshake included. When all nodes of a
  // large circle start on a busy machine, short attempts time out and begin again for ever.
  absl::Duration connect_timeout = absl::Seconds(20);
  // Longest wait between two attempts to connect.
  absl::Duration maximum_reconnect_backoff = absl::Seconds(10);
};

// For a channel to any node. Every channel connects for itself: two credentials never
// share a connection.
grpc::ChannelArguments ChannelArguments(const Limits& limits = {});

// Sets the limits on a server; a client that pings more often than half the
// interval is sent away.
void ConfigureServer(grpc::ServerBuilder& builder, const Limits& limits = {});

// Ends the call when it takes longer than `timeout`. Without this a call has none.
void SetTimeout(grpc::ClientContext& context, absl::Duration timeout);

// When the caller gives up, at most `longest` after now. Work that cannot end before
// it should not begin.
absl::Time DeadlineOf(const grpc::ServerContextBase& context, const eventstore::base::Clock& clock,
                      absl::Duration longest);

}  // namespace services::rpc
