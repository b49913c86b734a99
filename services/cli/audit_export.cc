#include <memory>
#include <optional>
#include <string>

#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"
#include "poolcirkel/api/v1/audit_service.grpc.pb.h"
#include "services/audit/verify/bundle.h"
#include "services/cli/lookup.h"
#include "services/cli/nouns.h"
#include "services/cli/text.h"
#include "services/cli/tiles_writer.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;

struct ExportOptions {
  std::string exchange;
  std::string out;
  bool without_key = false;
  std::string tiles;
  std::string member;
  std::optional<uint32_t> epoch;
};

absl::Status ExportExchange(Tool& tool, const ExportOptions& options) {
  if (options.out.empty()) return base::InvalidField("--out", "noem het bestand voor de bundel");
  api::AuditExportRequest request;
  ASSIGN_OR_RETURN(*request.mutable_header(), tool.Query());
  ASSIGN_OR_RETURN(*request.mutable_exchange_id(), FindExchange(tool, options.exchange));
  request.set_without_key(options.without_key);
  ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::AuditService::Stub::Export, request));
  const std::string bytes = audit::verify::EncodeBundle(answer.bundle());
  RETURN_IF_ERROR(WriteOutput("--out", options.out, bytes, base::FileAccess::kOwnerOnly));
  int events = 0;
  for (const auto& feed : answer.bundle().feeds()) events += feed.events_size();
  const bool with_key = !answer.bundle().exchange_key().empty();
  if (tool.progress != nullptr) tool.progress->Stop();
  if (tool.globals.json) {
    tool.out() << R"({"file":)" << JsonString(options.out) << R"(,"bytes":)" << bytes.size()
               << R"(,"events":)" << events << R"(,"with_key":)" << (with_key ? "true" : "false")
               << "}\n";
    return absl::OkStatus();
  }
  tool.out() << events << " gebeurtenissen met hun bewijs staan in " << options.out << " ("
             << bytes.size() << " bytes).\n"
             << (with_key ? "De sleutel van de voorwaarden zit erbij: bewaar het als de afspraak "
                            "zelf.\n"
                          : "De sleutel van de voorwaarden zit er niet bij: te zien is dat er een "
                            "afspraak was, niet welke.\n")
             << "Toets het zonder knooppunt met: poolcirkel audit verify --circle ID "
             << options.out << "\n";
  return absl::OkStatus();
}

absl::Status ExportTiles(Tool& tool, const ExportOptions& options) {
  api::AuditTilesRequest request;
  ASSIGN_OR_RETURN(*request.mutable_header(), tool.Query());
  request.set_member(options.member);
  if (options.epoch.has_value()) request.set_epoch(*options.epoch);
  ASSIGN_OR_RETURN(const Connection* node, tool.Node());
  TilesWriter writer(options.tiles);
  RETURN_IF_ERROR(node->Stream(
      &api::AuditService::Stub::Tiles, request, true, [&](const api::AuditTilesResponse& piece) {
        if (tool.progress != nullptr) {
          tool.progress->Show("bestanden", writer.files(), piece.files_total());
        }
        return writer.Take(piece);
      }));
  RETURN_IF_ERROR(writer.Finish());
  if (tool.progress != nullptr) tool.progress->Stop();
  if (tool.globals.json) {
    tool.out() << R"({"folder":)" << JsonString(options.tiles) << R"(,"files":)" << writer.files()
               << R"(,"events":)" << writer.events() << "}\n";
    return absl::OkStatus();
  }
  tool.out() << writer.files() << " bestanden met " << writer.events()
             << " gebeurtenissen staan in " << options.tiles
             << ",\nals openbaar tegellog (c2sp.org/tlog-tiles). De gebeurtenissen "
             << "leiden tot het ijkpunt erin.\n";
  return absl::OkStatus();
}

void AddExport(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(
      noun, "export", "Schrijf één uitwisseling als bewijsbundel, of een heel log als tegels",
      "poolcirkel audit export --exchange 1a2b3c4d --out uitwisseling.bundel\n"
      "  poolcirkel audit export --tiles log-rotterdam --circle randstad --member rotterdam");
  const auto options = std::make_shared<ExportOptions>();
  verb->add_option("--exchange", options->exchange, "Uitwisseling: id, of begin of einde ervan");
  verb->add_option("--out", options->out, "Bestand voor de bundel");
  verb->add_flag("--without-key", options->without_key,
                 "Laat de sleutel van de voorwaarden weg: dan is te zien dat, niet wat");
  verb->add_option("--tiles", options->tiles,
                   "Map voor het log van één lid, als c2sp.org/tlog-tiles");
  verb->add_option("--member", options->member, "Wiens log; anders dat van dit lid");
  AddEpoch(verb, options->epoch);
  OnChosen(tool, verb, [&tool, options]() -> absl::Status {
    if (options->exchange.empty() == options->tiles.empty()) {
      return base::InvalidField("--exchange", "geef een uitwisseling, of met --tiles een map");
    }
    return options->tiles.empty() ? ExportExchange(tool, *options) : ExportTiles(tool, *options);
  });
}

struct ProofOptions {
  uint64_t sequence = 0;
  std::string member;
  std::string out;
  std::string record;
  std::optional<uint32_t> epoch;
};

absl::Status Prove(Tool& tool, const ProofOptions& options) {
  api::AuditProofRequest request;
  ASSIGN_OR_RETURN(*request.mutable_header(), tool.Query());
  request.set_member(options.member);
  request.set_sequence(options.sequence);
  if (options.epoch.has_value()) request.set_epoch(*options.epoch);
  ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::AuditService::Stub::Proof, request));
  if (!options.out.empty()) RETURN_IF_ERROR(WriteOutput("--out", options.out, answer.proof()));
  if (!options.record.empty()) {
    RETURN_IF_ERROR(
        WriteOutput("--record", options.record, answer.record(), base::FileAccess::kOwnerOnly));
  }
  return tool.Show(answer, [&] {
    if (options.out.empty()) tool.out() << answer.proof();
    if (!options.out.empty()) tool.out() << "Het bewijs staat in " << options.out << ".\n";
    if (!options.record.empty())
      tool.out() << "De gebeurtenis staat in " << options.record << ".\n";
    if (!options.out.empty() && !options.record.empty()) {
      tool.out() << "Toets het zonder knooppunt met een sleutel van `poolcirkel audit keys`:\n"
                 << "  poolcirkel audit verify --proof " << options.out << " --record "
                 << options.record << " --key SLEUTEL\n";
    }
  });
}

void AddProof(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(
      noun, "proof", "Bewijs dat één gebeurtenis in een log staat (c2sp.org/tlog-proof)",
      "poolcirkel audit proof 12 --member rotterdam --out 12.tlog-proof --record 12.record");
  const auto options = std::make_shared<ProofOptions>();
  verb->add_option("nummer", options->sequence, "Plaats in het log, vanaf 0")->required();
  verb->add_option("--member", options->member, "Wiens log; anders dat van dit lid");
  AddEpoch(verb, options->epoch);
  verb->add_option("--out", options->out, "Bestand voor het bewijs; anders op het scherm");
  verb->add_option("--record", options->record, "Bestand voor de bytes van de gebeurtenis");
  OnChosen(tool, verb, [&tool, options] { return Prove(tool, *options); });
}

}  // namespace

void AddAuditExport(CLI::App* audit, Tool& tool) {
  AddExport(audit, tool);
  AddProof(audit, tool);
}

}  // namespace services::cli
