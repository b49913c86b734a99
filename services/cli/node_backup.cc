#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "poolcirkel/api/v1/node_service.grpc.pb.h"
#include "services/cli/nouns.h"
#include "services/cli/text.h"

namespace services::cli {

namespace api = poolcirkel::api::v1;

namespace {

absl::Status Backup(Tool& tool, const api::BackupRequest& request) {
  constexpr int64_t kMegabyte = 1 << 20;
  ASSIGN_OR_RETURN(const Connection* node, tool.Node());
  api::BackupResponse last;
  RETURN_IF_ERROR(node->Stream(&api::NodeService::Stub::Backup, request, /*endless=*/true,
                               [&](const api::BackupResponse& response) {
                                 last = response;
                                 if (tool.progress != nullptr) {
                                   tool.progress->Show(
                                       "MiB gekopieerd",
                                       static_cast<size_t>(response.bytes_done() / kMegabyte), 0);
                                 }
                                 return absl::OkStatus();
                               }));
  if (!last.verified()) return absl::DataLossError("de reservekopie is niet nagelezen");
  return tool.Show(last, [&] {
    tool.out() << "Reservekopie " << last.backup_id() << " staat in " << request.directory() << ", "
               << BytesText(last.bytes_done()) << ", nagelezen.\n";
    if (request.key_directory().empty()) {
      tool.out() << "De sleutels zijn niet gekopieerd; zonder sleutels is niets te openen.\n";
    } else {
      tool.out() << "De sleutels staan in " << request.key_directory()
                 << ". Bewaar ze apart en kort: wie gewist is, is dat pas als ook deze kopie "
                    "vernieuwd is.\n";
    }
  });
}

}  // namespace

void AddBackup(CLI::App* noun, Tool& tool) {
  CLI::App* verb =
      AddVerb(noun, "backup", "Maak een reservekopie terwijl het knooppunt draait",
              "poolcirkel node backup --dir /srv/kopie/log --keys /srv/kopie/sleutels");
  const auto request = std::make_shared<api::BackupRequest>();
  verb->add_option("--dir", *request->mutable_directory(),
                   "Map op de machine van het knooppunt, volledig pad")
      ->required();
  verb->add_option("--keys", *request->mutable_key_directory(), "Map voor de sleutels, een andere");
  OnChosen(tool, verb, [&tool, request] { return Backup(tool, *request); });
}

}  // namespace services::cli
