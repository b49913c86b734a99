#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "eventstore/base/errors.h"
#include "eventstore/base/id.h"
#include "eventstore/log/types.h"
#include "eventstore/merkle/note.h"
#include "poolcirkel/api/v1/audit_service.grpc.pb.h"
#include "poolcirkel/api/v1/circle_service.grpc.pb.h"
#include "poolcirkel/api/v1/log_service.grpc.pb.h"
#include "services/audit/verify/bundle.h"
#include "services/audit/verify/proof.h"
#include "services/audit/verify/verify.h"
#include "services/cli/exchange_text.h"
#include "services/cli/heads_check.h"
#include "services/cli/lookup.h"
#include "services/cli/nouns.h"
#include "services/cli/table.h"
#include "services/cli/text.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;
using audit::verify::Claim;
using audit::verify::Report;
using eventstore::log::CircleId;

struct VerifyOptions {
  std::string file;
  std::string exchange;
  std::string proof;
  std::string record;
  std::vector<std::string> keys;
};

// The circle that a bundle must be about: in the order of what can be trusted most.
struct Root {
  CircleId circle;
  bool from_node = false;
};

absl::StatusOr<Root> FindRoot(Tool& tool, bool may_ask) {
  ASSIGN_OR_RETURN(const Profile profile, tool.Settings());
  for (const std::string& text : {tool.globals.circle, profile.circle_id, profile.circle}) {
    const auto bytes = base::FromHex(text);
    if (!bytes.ok()) continue;
    auto circle = CircleId::FromBytes(*bytes);
    if (circle.ok()) return Root{*circle, false};
  }
  if (!may_ask) {
    return base::InvalidField("--circle", "het id van de poolcirkel, 64 hexadecimale tekens");
  }
  api::ShowCircleRequest request;
  ASSIGN_OR_RETURN(*request.mutable_circle(), tool.Circle());
  ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::CircleService::Stub::Show, request));
  ASSIGN_OR_RETURN(const std::string bytes, base::FromHex(answer.circle().circle_id()));
  ASSIGN_OR_RETURN(const CircleId circle, CircleId::FromBytes(bytes));
  return Root{circle, true};
}

std::string Mark(const Claim& claim) {
  switch (claim.kind) {
    case Claim::Kind::kProven:
      return claim.ok ? "✓ bewezen      " : "✗ niet bewezen ";
    case Claim::Kind::kAttested:
      return claim.ok ? "• verklaard    " : "✗ tegengesproken ";
    default:
      return "? niet te zien ";
  }
}

std::string JsonOf(const Claim& claim) {
  const char* kind = claim.kind == Claim::Kind::kProven     ? "proven"
                     : claim.kind == Claim::Kind::kAttested ? "attested"
                                                            : "unknown";
  return std::string(R"({"kind":")") + kind + R"(","ok":)" + (claim.ok ? "true" : "false") +
         R"(,"sentence":)" + JsonString(claim.sentence) + "}";
}

// No message of the API: the tool's own finding.
void PrintJson(Tool& tool, const Report& report) {
  tool.out() << R"({"ok":)" << (report.ok ? "true" : "false") << R"(,"claims":[)";
  for (size_t i = 0; i < report.claims.size(); ++i) {
    tool.out() << (i == 0 ? "" : ",") << JsonOf(report.claims[i]);
  }
  tool.out() << "]}\n";
}

void PrintTerms(Tool& tool, const poolcirkel::event::v1::Terms& terms) {
  Facts facts;
  facts.Add("termijn", DateText(terms.start_date()) + " t/m " + DateText(terms.end_date()));
  facts.Add("uren", WeeksText(terms.weeks()));
  facts.Add("tarief", TariffText(terms.tariff()));
  facts.Add("doelen", terms.goals());
  facts.Add("beslist door", terms.decided_by());
  tool.out() << "\nDe voorwaarden die beide kanten tekenden\n";
  facts.Print(tool.out());
}

// What was found; exit code 1 when the answer is no.
void ShowReport(Tool& tool, const Report& report) {
  tool.negative = !report.ok;
  if (tool.progress != nullptr) tool.progress->Stop();
  if (tool.globals.json) {
    PrintJson(tool, report);
    return;
  }
  for (const Claim& claim : report.claims) {
    tool.out() << Mark(claim) << Clean(claim.sentence) << "\n";
  }
  if (report.terms.has_value()) PrintTerms(tool, *report.terms);
  tool.out() << "\n"
             << (report.ok ? "Het bewijs klopt." : "Het bewijs klopt NIET; zie de regels met ✗.")
             << "\n";
}

absl::Status VerifyFile(Tool& tool, const VerifyOptions& options) {
  ASSIGN_OR_RETURN(const Root root, FindRoot(tool, false));
  ASSIGN_OR_RETURN(const std::string bytes, ReadInput(options.file));
  ShowReport(tool, audit::verify::VerifyBundle(bytes, root.circle));
  return absl::OkStatus();
}

// Fetches the bundle, and holds today's heads against it as well.
absl::Status VerifyExchange(Tool& tool, const VerifyOptions& options) {
  ASSIGN_OR_RETURN(const Root root, FindRoot(tool, true));
  api::AuditExportRequest request;
  ASSIGN_OR_RETURN(*request.mutable_header(), tool.Query());
  ASSIGN_OR_RETURN(*request.mutable_exchange_id(), FindExchange(tool, options.exchange));
  ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::AuditService::Stub::Export, request));
  Report report =
      audit::verify::VerifyBundle(audit::verify::EncodeBundle(answer.bundle()), root.circle);
  api::LogHeadsRequest heads_request;
  ASSIGN_OR_RETURN(*heads_request.mutable_circle(), tool.Circle());
  ASSIGN_OR_RETURN(const auto heads, tool.Ask(&api::LogService::Stub::Heads, heads_request));
  auto after_proven = std::ranges::find_if(
      report.claims, [](const Claim& claim) { return claim.kind != Claim::Kind::kProven; });
  for (const HeadClaim& claim : CheckHeads(report.feeds, heads)) {
    after_proven =
        report.claims.insert(after_proven, {Claim::Kind::kProven, claim.ok, claim.sentence}) + 1;
    report.ok = report.ok && claim.ok;
  }
  ShowReport(tool, report);
  if (root.from_node && !tool.globals.json) {
    tool.out() << "Getoetst aan poolcirkel " << base::ToText(root.circle)
               << ",\nzoals het knooppunt die noemt; geef dat id met --circle om daar niet op te "
                  "hoeven vertrouwen.\n";
  }
  return absl::OkStatus();
}

absl::Status VerifyProof(Tool& tool, const VerifyOptions& options) {
  if (options.record.empty()) {
    return base::InvalidField("--record", "noem het bestand met de bytes van de gebeurtenis");
  }
  std::vector<eventstore::merkle::NoteVerifier> keys;
  for (const std::string& text : options.keys) {
    const auto key = eventstore::merkle::ParseVkey(text);
    if (!key.ok()) return base::InvalidField("--key", std::string(key.status().message()));
    keys.push_back(*key);
  }
  if (keys.empty()) return base::InvalidField("--key", "geef de sleutel van het log");
  ASSIGN_OR_RETURN(const std::string proof, ReadInput(options.proof));
  ASSIGN_OR_RETURN(const std::string record, ReadInput(options.record));
  ShowReport(tool, audit::verify::VerifyProof(proof, record, keys));
  return absl::OkStatus();
}

absl::Status Verify(Tool& tool, const VerifyOptions& options) {
  const int given = (options.file.empty() ? 0 : 1) + (options.exchange.empty() ? 0 : 1) +
                    (options.proof.empty() ? 0 : 1);
  if (given != 1) {
    return base::InvalidField("bestand", "geef een bundel, of --exchange, of --proof");
  }
  if (!options.file.empty()) return VerifyFile(tool, options);
  return options.proof.empty() ? VerifyExchange(tool, options) : VerifyProof(tool, options);
}

}  // namespace

void AddAuditVerify(CLI::App* audit, Tool& tool) {
  CLI::App* verb = AddVerb(
      audit, "verify", "Toets zelf: handtekeningen, logs en voorwaarden van een uitwisseling",
      "poolcirkel audit verify --circle 4f0c… uitwisseling.bundel   # zonder knooppunt\n"
      "  poolcirkel audit verify --exchange 1a2b3c4d                  # haal de bundel zelf op\n"
      "  poolcirkel audit verify --proof 12.tlog-proof --record 12.record --key SLEUTEL");
  const auto options = std::make_shared<VerifyOptions>();
  verb->add_option("bestand", options->file, "Bundel van audit export; er is geen knooppunt nodig");
  verb->add_option("--exchange", options->exchange,
                   "Haal de bundel van deze uitwisseling op, en toets ook de standen van nu");
  verb->add_option("--proof", options->proof, "Bewijs van audit proof; er is geen knooppunt nodig");
  verb->add_option("--record", options->record, "De bytes van de gebeurtenis bij --proof");
  AddList(verb, "--key", options->keys,
          "Sleutel van het log of van een getuige bij --proof, zie audit keys; mag vaker");
  OnChosen(tool, verb, [&tool, options] { return Verify(tool, *options); });
}

}  // namespace services::cli
