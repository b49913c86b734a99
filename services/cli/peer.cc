#include <grpcpp/create_channel.h>

#include <memory>
#include <string>

#include "eventstore/base/errors.h"
#include "eventstore/base/id.h"
#include "eventstore/crypto/certificate.h"
#include "poolcirkel/peer/v1/peer.grpc.pb.h"
#include "services/cli/nouns.h"
#include "services/rpc/channel.h"
#include "services/rpc/credentials.h"
#include "services/rpc/status.h"

namespace services::cli {
namespace {

namespace base = eventstore::base;
namespace crypto = eventstore::crypto;
namespace peer = poolcirkel::peer::v1;

struct KnockOptions {
  std::string own_certificate;
  std::string key;
  std::string server_certificate;
  std::string circle_id;
};

// Asks the peer port for the charter of a circle, as a stranger would.
absl::Status Knock(Tool& tool, const KnockOptions& options) {
  crypto::KeyAndCertificate identity;
  ASSIGN_OR_RETURN(identity.certificate_pem, ReadInput(options.own_certificate));
  ASSIGN_OR_RETURN(identity.private_key_pem, ReadInput(options.key));
  ASSIGN_OR_RETURN(const std::string server_pem, ReadInput(options.server_certificate));
  ASSIGN_OR_RETURN(const auto server, crypto::ParseCertificate(server_pem));
  peer::FetchChartersRequest request;
  ASSIGN_OR_RETURN(*request.mutable_circle_id(), base::FromHex(options.circle_id));
  const auto channel = grpc::CreateCustomChannel(
      tool.globals.address,
      rpc::PeerChannelCredentials(identity, server.key_hash, *tool.environment.clock),
      rpc::ChannelArguments());
  peer::PeerService::Stub stub(channel);
  grpc::ClientContext context;
  rpc::SetTimeout(context, absl::Seconds(tool.globals.deadline_seconds));
  peer::FetchChartersResponse response;
  RETURN_IF_ERROR(rpc::FromGrpc(stub.FetchCharters(&context, request, &response)));
  return tool.Show(response, [&] {
    tool.out() << "Er werd opengedaan: " << response.charters_size() << " versies.\n";
  });
}

}  // namespace

void AddPeer(CLI::App* root, Tool& tool) {
  CLI::App* noun = AddNoun(root, "peer", "De poort tussen knooppunten, om te beproeven");
  noun->group("");  // not for everyday use
  CLI::App* verb =
      AddVerb(noun, "knock", "Klop aan als ander knooppunt",
              "poolcirkel peer knock --address 127.0.0.1:7201 --own-certificate c.pem \\\n"
              "    --key k.pem --server-certificate peer.crt.pem --circle-id 4f0c…");
  const auto options = std::make_shared<KnockOptions>();
  verb->add_option("--own-certificate", options->own_certificate, "Van wie aanklopt")->required();
  verb->add_option("--key", options->key, "De sleutel daarbij")->required();
  verb->add_option("--server-certificate", options->server_certificate,
                   "Van het knooppunt waar aangeklopt wordt")
      ->required();
  verb->add_option("--circle-id", options->circle_id, "Hexadecimaal")->required();
  OnChosen(tool, verb, [&tool, options] { return Knock(tool, *options); });
}

}  // namespace services::cli
