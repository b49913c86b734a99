#include <memory>
#include <string>
#include <vector>

#include "eventstore/base/errors.h"
#include "poolcirkel/api/v1/secondment_service.grpc.pb.h"
#include "services/cli/input.h"
#include "services/cli/lookup.h"
#include "services/cli/nouns.h"
#include "services/cli/text.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;

constexpr char kExchange[] = "Id van de uitwisseling, of begin of einde ervan";

void AddPropose(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(
      noun, "propose", "Uitlener: draag een professional voor bij een opdracht van een ander",
      "poolcirkel secondment propose --assignment \"Interim teammanager\" \\\n"
      "    --professional zuid-holland-01 --motivation \"leidde eerder zo'n team\"");
  const auto request = std::make_shared<api::ProposeSecondmentRequest>();
  verb->add_option("--assignment", *request->mutable_assignment_id(), "Id, of begin van de titel")
      ->required();
  verb->add_option("--professional", *request->mutable_professional_id(),
                   "Id, of woorden van het pseudoniem")
      ->required();
  verb->add_option("--motivation", *request->mutable_motivation(), "Waarom deze past");
  OnChosen(tool, verb, [&tool, request]() -> absl::Status {
    api::ProposeSecondmentRequest whole = *request;
    ASSIGN_OR_RETURN(*whole.mutable_header(), tool.Command());
    ASSIGN_OR_RETURN(*whole.mutable_assignment_id(),
                     FindAssignment(tool, request->assignment_id()));
    ASSIGN_OR_RETURN(*whole.mutable_professional_id(),
                     FindOwnProfessional(tool, request->professional_id()));
    ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::SecondmentService::Stub::Propose, whole));
    return tool.ShowReceipt(answer, answer.receipt(),
                            "Voorgedragen; dit belooft nog niets. De inlener is aan zet.");
  });
}

// A verb that takes an exchange and a reason.
template <typename Request, typename Response>
void AddEnding(CLI::App* noun, Tool& tool, const std::string& name, const std::string& description,
               const std::string& sentence,
               grpc::Status (api::SecondmentService::Stub::*method)(grpc::ClientContext*,
                                                                    const Request&, Response*)) {
  CLI::App* verb =
      AddVerb(noun, name, description,
              "poolcirkel secondment " + name + " 1a2b3c4d --reason \"andere keuze gemaakt\"");
  const auto request = std::make_shared<Request>();
  verb->add_option("uitwisseling", *request->mutable_exchange_id(), kExchange)->required();
  verb->add_option("--reason", *request->mutable_reason(), "Waarom")->required();
  OnChosen(tool, verb, [&tool, request, method, sentence]() -> absl::Status {
    Request whole = *request;
    ASSIGN_OR_RETURN(*whole.mutable_header(), tool.Command());
    ASSIGN_OR_RETURN(*whole.mutable_exchange_id(), FindExchange(tool, request->exchange_id()));
    ASSIGN_OR_RETURN(const auto answer, tool.Ask(method, whole));
    return tool.ShowReceipt(answer, answer.receipt(), sentence);
  });
}

struct SelectOptions {
  std::string from;
  std::string exchange;
  std::string start;
  std::string end;
  std::string hours;
  std::vector<std::string> weeks;
  std::string rate;
  std::string tariff = "uurtarief";
  std::string goals;
  std::string decided_by;
  uint32_t seat = 0;
};

absl::Status FillTerms(const SelectOptions& options, api::SelectCandidacyRequest& request) {
  auto& terms = *request.mutable_terms();
  if (!options.start.empty()) {
    ASSIGN_OR_RETURN(*terms.mutable_start_date(), ReadDate("--start", options.start));
  }
  if (!options.end.empty()) {
    ASSIGN_OR_RETURN(*terms.mutable_end_date(), ReadDate("--end", options.end));
  }
  if (!options.hours.empty()) {
    ASSIGN_OR_RETURN(const int32_t minutes, ReadHours("--hours", options.hours));
    request.set_minutes_per_week(minutes);
  }
  ASSIGN_OR_RETURN(const auto weeks, ReadWeeks("--week", options.weeks));
  for (const auto& week : weeks) *terms.add_weeks() = week;
  if (!options.rate.empty()) {
    ASSIGN_OR_RETURN(const auto kind, ReadTariffKind("--tariff", options.tariff));
    ASSIGN_OR_RETURN(const int64_t eurocents, ReadEuro("--rate", options.rate));
    terms.mutable_tariff()->set_kind(kind);
    terms.mutable_tariff()->set_eurocents_per_hour(eurocents);
  }
  if (!options.goals.empty()) terms.set_goals(options.goals);
  if (!options.decided_by.empty()) terms.set_decided_by(options.decided_by);
  if (options.seat != 0) request.set_seat(options.seat);
  return absl::OkStatus();
}

absl::Status Select(Tool& tool, const SelectOptions& options) {
  api::SelectCandidacyRequest request;
  RETURN_IF_ERROR(ReadRequest(options.from, request));
  ASSIGN_OR_RETURN(*request.mutable_header(), tool.Command());
  if (!options.exchange.empty()) request.set_exchange_id(options.exchange);
  ASSIGN_OR_RETURN(*request.mutable_exchange_id(), FindExchange(tool, request.exchange_id()));
  RETURN_IF_ERROR(FillTerms(options, request));
  ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::SecondmentService::Stub::Select, request));
  return tool.Show(answer, [&] {
    tool.out() << "Gekozen: plaats " << answer.seat() << " wordt vastgehouden (keuze "
               << answer.selection() << ").\n";
    if (answer.confirm_by_microseconds() != 0) {
      tool.out() << "De uitlener bevestigt uiterlijk " << TimeText(answer.confirm_by_microseconds())
                 << ".\n";
    }
  });
}

void AddSelect(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(
      noun, "select", "Inlener: kies een voordracht, op voorwaarden; de plaats wordt vastgehouden",
      "poolcirkel secondment select 1a2b3c4d --hours 36u --rate 92,50 \\\n"
      "    --goals \"team op orde\" --decided-by \"directeur Facilitair\"");
  const auto options = std::make_shared<SelectOptions>();
  verb->add_option("uitwisseling", options->exchange, kExchange);
  verb->add_option("--start", options->start, "Eerste dag; anders die van de opdracht");
  verb->add_option("--end", options->end, "Laatste dag; anders die van de opdracht");
  verb->add_option("--hours", options->hours, "Uren in elke week; anders die van de opdracht");
  AddList(verb, "--week", options->weeks, "Uren per week: 2026-W49..2027-W08=24u; mag vaker");
  verb->add_option("--rate", options->rate, "Euro per uur: 92,50");
  verb->add_option("--tariff", options->tariff,
                   "uurtarief, jaartabel, kostenplaats, factuur, strippen of pro-bono");
  verb->add_option("--goals", options->goals, "Wat er bereikt moet zijn");
  verb->add_option("--decided-by", options->decided_by, "Wie er namens de opdrachtgever beslist");
  verb->add_option("--seat", options->seat, "Welke plaats; anders de eerste vrije");
  verb->add_option("--from", options->from, "Bestand met het verzoek als JSON");
  OnChosen(tool, verb, [&tool, options] { return Select(tool, *options); });
}

struct ConfirmOptions {
  std::string exchange;
  uint32_t selection = 0;
  std::vector<std::string> consents;
};

void AddConfirm(CLI::App* noun, Tool& tool) {
  CLI::App* verb =
      AddVerb(noun, "confirm", "Uitlener: teken de voorwaarden; de uren zijn daarna gereserveerd",
              "poolcirkel secondment confirm 1a2b3c4d --consent professional=20-11-2026 \\\n"
              "    --consent leidinggevende=20-11-2026");
  const auto options = std::make_shared<ConfirmOptions>();
  verb->add_option("uitwisseling", options->exchange, kExchange)->required();
  AddList(verb, "--consent", options->consents,
          "Wie akkoord is, en wanneer: professional=2026-11-20, leidinggevende=…; mag vaker");
  verb->add_option("--selection", options->selection, "Welke keuze; anders de huidige");
  OnChosen(tool, verb, [&tool, options]() -> absl::Status {
    api::ConfirmSecondmentRequest request;
    ASSIGN_OR_RETURN(*request.mutable_header(), tool.Command());
    request.set_selection(options->selection);
    for (const std::string& text : options->consents) {
      ASSIGN_OR_RETURN(*request.add_attestations(), ReadAttestation("--consent", text));
    }
    ASSIGN_OR_RETURN(*request.mutable_exchange_id(), FindExchange(tool, options->exchange));
    ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::SecondmentService::Stub::Confirm, request));
    return tool.ShowReceipt(answer, answer.receipt(),
                            "Bevestigd en getekend; de uren zijn gereserveerd. De inlener is aan "
                            "zet.");
  });
}

void AddAccept(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "accept", "Inlener: teken ook; de plaats is vervuld",
                           "poolcirkel secondment accept 1a2b3c4d");
  const auto text = std::make_shared<std::string>();
  verb->add_option("uitwisseling", *text, kExchange)->required();
  OnChosen(tool, verb, [&tool, text]() -> absl::Status {
    api::AcceptSecondmentRequest request;
    ASSIGN_OR_RETURN(*request.mutable_header(), tool.Command());
    ASSIGN_OR_RETURN(*request.mutable_exchange_id(), FindExchange(tool, *text));
    ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::SecondmentService::Stub::Accept, request));
    return tool.ShowReceipt(answer, answer.receipt(),
                            "Aangenomen en getekend; van kracht zodra de andere leden "
                            "medeondertekend hebben.");
  });
}

struct EndOptions {
  std::string exchange;
  std::string last_day;
  std::string reason;
};

void AddEnd(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(
      noun, "end", "Uitlener of inlener: stop eerder, met de opzegtermijn van de poolcirkel",
      "poolcirkel secondment end 1a2b3c4d --last-day 31-1-2027 --reason \"opdracht is klaar\"");
  const auto options = std::make_shared<EndOptions>();
  verb->add_option("uitwisseling", options->exchange, kExchange)->required();
  verb->add_option("--last-day", options->last_day, "Laatste dag; anders de eerst mogelijke");
  verb->add_option("--reason", options->reason, "Waarom")->required();
  OnChosen(tool, verb, [&tool, options]() -> absl::Status {
    api::EndSecondmentRequest request;
    ASSIGN_OR_RETURN(*request.mutable_header(), tool.Command());
    ASSIGN_OR_RETURN(*request.mutable_last_day(), ReadDate("--last-day", options->last_day));
    request.set_reason(options->reason);
    ASSIGN_OR_RETURN(*request.mutable_exchange_id(), FindExchange(tool, options->exchange));
    ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::SecondmentService::Stub::End, request));
    return tool.ShowReceipt(answer, answer.receipt(),
                            "Beëindigd; de laatste dag is " + DateText(answer.last_day()) + ".");
  });
}

}  // namespace

void AddSecondment(CLI::App* root, Tool& tool) {
  CLI::App* noun =
      AddNoun(root, "secondment", "Detacheringen: de afspraak tussen uitlener en inlener");
  AddPropose(noun, tool);
  AddEnding(noun, tool, "withdraw", "Uitlener: trek een voordracht in, voor het bevestigen",
            "De voordracht is ingetrokken.", &api::SecondmentService::Stub::Withdraw);
  AddSelect(noun, tool);
  AddConfirm(noun, tool);
  AddAccept(noun, tool);
  AddEnding(noun, tool, "decline", "Inlener: laat een voordracht of keuze gaan",
            "De voordracht is afgewezen; een vastgehouden plaats is weer vrij.",
            &api::SecondmentService::Stub::Decline);
  AddEnd(noun, tool);
  AddSecondmentList(noun, tool);
}

}  // namespace services::cli
