#include <memory>
#include <string>
#include <vector>

#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"
#include "eventstore/base/id.h"
#include "eventstore/crypto/digest.h"
#include "poolcirkel/api/v1/circle_service.grpc.pb.h"
#include "services/cli/charter_draft.h"
#include "services/cli/nouns.h"
#include "services/cli/text.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;
namespace event = poolcirkel::event::v1;

constexpr size_t kNonceBytes = 16;

struct DraftOptions {
  std::string rules;
  std::vector<std::string> entries;
  std::string out;
};

absl::Status Draft(Tool& tool, const DraftOptions& options) {
  ASSIGN_OR_RETURN(const std::string rules, ReadInput(options.rules));
  std::vector<event::CharterMember> entries;
  for (const std::string& path : options.entries) {
    RETURN_IF_ERROR(ReadRequest(path, entries.emplace_back()));
  }
  ASSIGN_OR_RETURN(const event::Charter charter,
                   DraftCharter(rules, entries, tool.environment.entropy->Bytes(kNonceBytes)));
  const std::string bytes = charter.SerializeAsString();
  RETURN_IF_ERROR(WriteOutput("--out", options.out, bytes));
  const std::string id = base::ToText(eventstore::crypto::Sha256(bytes));
  return tool.Show(charter, [&] {
    tool.out() << "De afspraken van " << Clean(charter.name()) << " met " << charter.members_size()
               << " leden staan in " << options.out
               << ".\nAlle leden tekenen dezelfde bytes. Id van de poolcirkel:\n"
               << id << "\n";
  });
}

void AddDraft(CLI::App* noun, Tool& tool) {
  CLI::App* verb =
      AddVerb(noun, "draft", "Schrijf de eerste afspraken, om te laten tekenen",
              "poolcirkel circle draft --rules deploy/sample/charter-randstad.yaml \\\n"
              "    --entry rotterdam.json amsterdam.json --out charter.bin");
  const auto options = std::make_shared<DraftOptions>();
  verb->add_option("--rules", options->rules, "YAML met naam, coördinatoren en regels")->required();
  verb->add_option("--entry", options->entries, "Bestanden van circle entry, van elk lid een")
      ->required();
  verb->add_option("--out", options->out, "Bestand voor de bytes")->required();
  OnChosen(tool, verb, [&tool, options] { return Draft(tool, *options); });
}

struct SignOptions {
  std::string charter;
  std::string out;
};

void AddSign(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "sign", "Teken afspraken waar dit lid in staat",
                           "poolcirkel circle sign --charter charter.bin --out handtekening.json");
  const auto options = std::make_shared<SignOptions>();
  verb->add_option("--charter", options->charter, "De bytes van circle draft")->required();
  verb->add_option("--out", options->out, "Bestand voor de handtekening")->required();
  OnChosen(tool, verb, [&tool, options]() -> absl::Status {
    api::SignCharterRequest request;
    ASSIGN_OR_RETURN(*request.mutable_charter(), ReadInput(options->charter));
    ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::CircleService::Stub::SignCharter, request));
    ASSIGN_OR_RETURN(const std::string json, ToJson(answer.signature()));
    RETURN_IF_ERROR(WriteOutput("--out", options->out, json + "\n"));
    return tool.Show(answer, [&] {
      tool.out() << "Getekend; de handtekening staat in " << options->out << ".\n";
    });
  });
}

struct FoundOptions {
  std::string charter;
  std::vector<std::string> signatures;
};

void AddFound(CLI::App* noun, Tool& tool) {
  CLI::App* verb =
      AddVerb(noun, "found", "Begin de poolcirkel op dit knooppunt, met alle handtekeningen",
              "poolcirkel circle found --charter charter.bin --signature handtekening-*.json");
  const auto options = std::make_shared<FoundOptions>();
  verb->add_option("--charter", options->charter, "De bytes van circle draft")->required();
  verb->add_option("--signature", options->signatures, "Van elk lid een, van circle sign")
      ->required();
  OnChosen(tool, verb, [&tool, options]() -> absl::Status {
    api::FoundCircleRequest request;
    ASSIGN_OR_RETURN(*request.mutable_charter()->mutable_charter(), ReadInput(options->charter));
    for (const std::string& path : options->signatures) {
      RETURN_IF_ERROR(ReadRequest(path, *request.mutable_charter()->add_signatures()));
    }
    ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::CircleService::Stub::Found, request));
    return tool.Show(answer, [&] {
      tool.out() << "De poolcirkel is begonnen op dit knooppunt.\nid  " << Clean(answer.circle_id())
                 << "\n";
    });
  });
}

absl::Status Propose(Tool& tool, api::ProposeCharterRequest request) {
  ASSIGN_OR_RETURN(*request.mutable_header(), tool.Command());
  ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::CircleService::Stub::ProposeCharter, request));
  return tool.Show(answer, [&] {
    tool.out() << "Versie " << answer.version()
               << " is voorgesteld en door dit lid getekend; de andere leden tekenen met:\n"
               << "  poolcirkel circle sign-proposal --version " << answer.version() << "\n"
               << "kenmerk  " << base::ToHex(answer.charter_digest()) << "\n";
  });
}

void AddAdmit(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "admit", "Stel voor om een aanvrager toe te laten, en teken",
                           "poolcirkel circle admit --application aanmelding.json");
  const auto paths = std::make_shared<std::vector<std::string>>();
  verb->add_option("--application", *paths, "Bestand van circle join; mag vaker")->required();
  OnChosen(tool, verb, [&tool, paths]() -> absl::Status {
    api::ProposeCharterRequest request;
    for (const std::string& path : *paths) RETURN_IF_ERROR(ReadRequest(path, *request.add_admit()));
    return Propose(tool, request);
  });
}

void AddPropose(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "propose", "Stel een volgende versie van de afspraken voor",
                           "poolcirkel circle propose --from afspraken.json");
  const auto path = std::make_shared<std::string>();
  verb->add_option("--from", *path,
                   "De hele volgende versie als JSON; 'circle show --json' toont de huidige in "
                   "het veld charter")
      ->required();
  OnChosen(tool, verb, [&tool, path]() -> absl::Status {
    api::ProposeCharterRequest request;
    RETURN_IF_ERROR(ReadRequest(*path, *request.mutable_charter()));
    return Propose(tool, request);
  });
}

struct SignProposalOptions {
  uint32_t version = 0;
  std::string digest;
  bool leave_out = false;
};

void AddSignProposal(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "sign-proposal", "Teken een voorgestelde versie",
                           "poolcirkel circle sign-proposal --version 1");
  const auto options = std::make_shared<SignProposalOptions>();
  verb->add_option("--version", options->version, "Welke versie")->required();
  verb->add_option("--digest", options->digest, "Kenmerk, als er meer voorstellen zijn");
  verb->add_flag(
      "--leave-out", options->leave_out,
      "Ook als een geschorst lid, of wie zijn sleutel heeft, nog doorschreef: wat na het "
      "voorgestelde einde staat, telt dan niet meer");
  OnChosen(tool, verb, [&tool, options]() -> absl::Status {
    api::SignProposalRequest request;
    ASSIGN_OR_RETURN(*request.mutable_header(), tool.Command());
    request.set_version(options->version);
    const auto digest = base::FromHex(options->digest);
    if (!digest.ok()) return base::InvalidField("--digest", "een kenmerk in hexadecimale tekens");
    request.set_charter_digest(*digest);
    request.set_leave_out_cosigned(options->leave_out);
    ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::CircleService::Stub::SignProposal, request));
    return tool.ShowReceipt(answer, answer.receipt(),
                            "Getekend; met genoeg handtekeningen gaat versie " +
                                std::to_string(options->version) + " vanzelf in.");
  });
}

}  // namespace

void AddCharterVerbs(CLI::App* circle, Tool& tool) {
  AddDraft(circle, tool);
  AddSign(circle, tool);
  AddFound(circle, tool);
  AddAdmit(circle, tool);
  AddPropose(circle, tool);
  AddSignProposal(circle, tool);
}

}  // namespace services::cli
