#include "services/cli/connection.h"

#include <grpcpp/create_channel.h>

#include <utility>

#include "eventstore/base/errors.h"
#include "services/rpc/credentials.h"

namespace services::cli {
namespace {

namespace base = eventstore::base;

std::shared_ptr<grpc::Channel> MakeChannel(const Connection::Settings& settings) {
  return grpc::CreateCustomChannel(settings.address,
                                   rpc::ApiChannelCredentials(settings.certificate_pem),
                                   rpc::ChannelArguments());
}

}  // namespace

Connection::Connection(Settings settings)
    : settings_(std::move(settings)), channel_(MakeChannel(settings_)) {}

void Connection::Prepare(grpc::ClientContext& context, absl::Duration timeout) const {
  if (!settings_.token.empty()) context.AddMetadata("authorization", "Bearer " + settings_.token);
  if (timeout != absl::InfiniteDuration()) rpc::SetTimeout(context, timeout);
}

absl::Status Connection::Explain(const grpc::Status& status) const {
  if (status.ok()) return absl::OkStatus();
  absl::Status told = rpc::FromGrpc(status);
  if (!base::DetailsOf(told).reason.empty()) return told;
  // No reason: this was said by the transport, in English.
  switch (told.code()) {
    case absl::StatusCode::kUnavailable:
      return base::Refusal(told.code(), "NODE_UNREACHABLE",
                           "geen verbinding met het knooppunt op " + settings_.address)
          .Remedy(
              "kijk of poolcirkeld daar draait, en of --address en --certificate bij "
              "hetzelfde knooppunt horen")
          .Retry(absl::Seconds(1));
    case absl::StatusCode::kDeadlineExceeded:
      return base::Refusal(told.code(), "DEADLINE_EXCEEDED",
                           "het knooppunt op " + settings_.address + " antwoordde niet op tijd")
          .Remedy("geef met --deadline meer seconden")
          .Retry(absl::Seconds(1));
    case absl::StatusCode::kUnimplemented:
      return base::Refusal(told.code(), "UNIMPLEMENTED", "het knooppunt kent deze vraag niet")
          .Remedy("gebruik van poolcirkel en poolcirkeld dezelfde versie");
    default:
      return told;
  }
}

}  // namespace services::cli
