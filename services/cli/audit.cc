#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"
#include "eventstore/base/id.h"
#include "eventstore/log/types.h"
#include "poolcirkel/api/v1/audit_service.grpc.pb.h"
#include "poolcirkel/api/v1/circle_service.grpc.pb.h"
#include "poolcirkel/api/v1/log_service.grpc.pb.h"
#include "services/audit/verify.h"
#include "services/cli/exchange_text.h"
#include "services/cli/heads_check.h"
#include "services/cli/input.h"
#include "services/cli/lookup.h"
#include "services/cli/nouns.h"
#include "services/cli/table.h"
#include "services/cli/text.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;
using eventstore::log::CircleId;

void PrintBalance(Tool& tool, const api::AuditExchangesResponse& answer) {
  using enum Table::Align;
  Table table(
      {{"uitlener"}, {"inlener"}, {"uitwisselingen", kRight}, {"uur", kRight}, {"€", kRight}});
  for (const auto& row : answer.balance()) {
    table.Add({row.lender().short_name(), row.host().short_name(), std::to_string(row.exchanges()),
               HoursText(row.minutes()), EuroText(row.eurocents())});
  }
  if (table.empty()) return;
  tool.out() << "\nWie leende aan wie\n";
  table.Print(tool.color(), tool.out());
}

void AddExchanges(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "exchanges", "Wie leende aan wie, hoeveel uur, waarvoor",
                           "poolcirkel audit exchanges --from 1-1-2027 --to 31-12-2027");
  const auto from = std::make_shared<std::string>();
  const auto to = std::make_shared<std::string>();
  verb->add_option("--from", *from, "Alleen met een termijn vanaf deze dag");
  verb->add_option("--to", *to, "Alleen met een termijn tot en met deze dag");
  OnChosen(tool, verb, [&tool, from, to]() -> absl::Status {
    api::AuditExchangesRequest request;
    ASSIGN_OR_RETURN(*request.mutable_header(), tool.Query());
    ASSIGN_OR_RETURN(*request.mutable_from_date(), ReadDate("--from", *from));
    ASSIGN_OR_RETURN(*request.mutable_to_date(), ReadDate("--to", *to));
    ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::AuditService::Stub::Exchanges, request));
    return tool.Show(answer, [&] {
      if (answer.exchanges().empty()) {
        tool.out() << "Geen uitwisselingen in deze periode.\n";
        return;
      }
      ExchangeTable(answer.exchanges()).Print(tool.color(), tool.out());
      PrintBalance(tool, answer);
    });
  });
}

absl::StatusOr<api::AuditEvidenceResponse> FetchEvidence(Tool& tool, const std::string& text) {
  api::AuditEvidenceRequest request;
  ASSIGN_OR_RETURN(*request.mutable_header(), tool.Query());
  ASSIGN_OR_RETURN(*request.mutable_exchange_id(), FindExchange(tool, text));
  return tool.Ask(&api::AuditService::Stub::Evidence, request);
}

void AddEvidence(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "evidence", "Haal alles op wat één uitwisseling bewijst",
                           "poolcirkel audit evidence 1a2b3c4d --out bewijs.json");
  const auto text = std::make_shared<std::string>();
  const auto out = std::make_shared<std::string>();
  verb->add_option("uitwisseling", *text, "Id, of begin of einde ervan")->required();
  verb->add_option("--out", *out, "Bestand; anders op het scherm");
  OnChosen(tool, verb, [&tool, text, out]() -> absl::Status {
    ASSIGN_OR_RETURN(const auto evidence, FetchEvidence(tool, *text));
    ASSIGN_OR_RETURN(const std::string json, ToJson(evidence));
    if (!out->empty()) {
      RETURN_IF_ERROR(base::WriteFileDurably(*out, json + "\n", base::FileAccess::kOwnerOnly));
    }
    return tool.Show(evidence, [&] {
      if (out->empty()) {
        tool.out() << json << "\n";
        return;
      }
      tool.out()
          << evidence.events_size() << " gebeurtenissen met hun bewijs staan in " << *out
          << ".\nDe sleutel van de voorwaarden zit erbij: bewaar het als de afspraak zelf.\n";
    });
  });
}

struct VerifyOptions {
  std::string exchange;
  std::string file;
};

// The circle that evidence must be about: in the order of what can be trusted most.
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

std::string Mark(const audit::Claim& claim) {
  switch (claim.kind) {
    case audit::Claim::Kind::kProven:
      return claim.ok ? "✓ bewezen      " : "✗ niet bewezen ";
    case audit::Claim::Kind::kAttested:
      return claim.ok ? "• verklaard    " : "✗ tegengesproken ";
    default:
      return "? niet te zien ";
  }
}

std::string JsonOf(const audit::Claim& claim) {
  const char* kind = claim.kind == audit::Claim::Kind::kProven     ? "proven"
                     : claim.kind == audit::Claim::Kind::kAttested ? "attested"
                                                                   : "unknown";
  return std::string(R"({"kind":")") + kind + R"(","ok":)" + (claim.ok ? "true" : "false") +
         R"(,"sentence":)" + JsonString(claim.sentence) + "}";
}

// No message of the API: the tool's own finding.
void PrintJson(Tool& tool, bool ok, const std::vector<audit::Claim>& claims) {
  tool.out() << R"({"ok":)" << (ok ? "true" : "false") << R"(,"claims":[)";
  for (size_t i = 0; i < claims.size(); ++i) tool.out() << (i == 0 ? "" : ",") << JsonOf(claims[i]);
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

void PrintReport(Tool& tool, bool ok, const audit::VerificationReport& report,
                 const std::vector<audit::Claim>& claims, const Root& root) {
  for (const audit::Claim& claim : claims) {
    tool.out() << Mark(claim) << Clean(claim.sentence) << "\n";
  }
  if (report.terms.has_value()) PrintTerms(tool, *report.terms);
  tool.out() << "\n"
             << (ok ? "Het bewijs klopt." : "Het bewijs klopt NIET; zie de regels met ✗.") << "\n";
  if (root.from_node) {
    tool.out() << "Getoetst aan poolcirkel " << base::ToText(root.circle)
               << ",\nzoals het knooppunt die noemt; geef dat id met --circle om daar niet op te "
                  "hoeven vertrouwen.\n";
  }
}

absl::Status Verify(Tool& tool, const VerifyOptions& options) {
  const bool offline = !options.file.empty();
  if (offline == !options.exchange.empty()) {
    return base::InvalidField("uitwisseling", "geef een uitwisseling, of --file met een bewijs");
  }
  ASSIGN_OR_RETURN(const Root root, FindRoot(tool, !offline));
  api::AuditEvidenceResponse evidence;
  std::vector<audit::Claim> claims;
  if (offline) {
    RETURN_IF_ERROR(ReadRequest(options.file, evidence));
  } else {
    ASSIGN_OR_RETURN(evidence, FetchEvidence(tool, options.exchange));
  }
  const audit::VerificationReport report = audit::VerifyEvidence(evidence, root.circle);
  claims = report.claims;
  bool ok = report.ok;
  if (!offline) {
    api::LogHeadsRequest request;
    ASSIGN_OR_RETURN(*request.mutable_circle(), tool.Circle());
    ASSIGN_OR_RETURN(const auto heads, tool.Ask(&api::LogService::Stub::Heads, request));
    auto after_proven = std::find_if(claims.begin(), claims.end(), [](const audit::Claim& claim) {
      return claim.kind != audit::Claim::Kind::kProven;
    });
    for (const HeadClaim& claim : CheckHeads(evidence, heads)) {
      after_proven =
          claims.insert(after_proven, {audit::Claim::Kind::kProven, claim.ok, claim.sentence}) + 1;
      ok = ok && claim.ok;
    }
  }
  tool.negative = !ok;
  if (tool.progress != nullptr) tool.progress->Stop();
  if (tool.globals.json) {
    PrintJson(tool, ok, claims);
  } else {
    PrintReport(tool, ok, report, claims, root);
  }
  return absl::OkStatus();
}

void AddVerify(CLI::App* noun, Tool& tool) {
  CLI::App* verb =
      AddVerb(noun, "verify", "Toets één uitwisseling zelf: handtekeningen, logboeken, voorwaarden",
              "poolcirkel audit verify 1a2b3c4d\n"
              "  poolcirkel audit verify --file bewijs.json --circle 4f0c…   # zonder knooppunt");
  const auto options = std::make_shared<VerifyOptions>();
  verb->add_option("uitwisseling", options->exchange, "Id, of begin of einde ervan");
  verb->add_option("--file", options->file,
                   "Bewijs van audit evidence; er is geen knooppunt nodig");
  OnChosen(tool, verb, [&tool, options] { return Verify(tool, *options); });
}

}  // namespace

void AddAudit(CLI::App* root, Tool& tool) {
  CLI::App* noun = AddNoun(root, "audit", "Toezicht: wie leende aan wie, en het bewijs");
  AddExchanges(noun, tool);
  AddVerify(noun, tool);
  AddEvidence(noun, tool);
}

}  // namespace services::cli
