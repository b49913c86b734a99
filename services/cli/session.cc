#include <memory>
#include <string>
#include <vector>

#include "eventstore/base/errors.h"
#include "poolcirkel/api/v1/session_service.grpc.pb.h"
#include "services/cli/input.h"
#include "services/cli/lookup.h"
#include "services/cli/nouns.h"
#include "services/cli/table.h"
#include "services/cli/text.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;
namespace event = poolcirkel::event::v1;

constexpr char kSession[] = "Id, of begin van de titel";

struct AnnounceOptions {
  std::string from;
  std::string kind;
  std::string title;
  std::string description;
  std::string date;
  std::string time;
  int minutes = 0;
  std::string place;
  int places = 0;
};

absl::Status Announce(Tool& tool, const AnnounceOptions& options) {
  api::AnnounceSessionRequest request;
  RETURN_IF_ERROR(ReadRequest(options.from, request));
  ASSIGN_OR_RETURN(*request.mutable_header(), tool.Command());
  event::SessionAnnounced& session = *request.mutable_session();
  if (!options.kind.empty()) {
    ASSIGN_OR_RETURN(const auto kind, ReadSessionKind("--kind", options.kind));
    session.set_kind(kind);
  }
  if (!options.title.empty()) session.set_title(options.title);
  if (!options.description.empty()) session.set_description(options.description);
  if (!options.date.empty()) {
    ASSIGN_OR_RETURN(*session.mutable_date(), ReadDate("--date", options.date));
  }
  if (!options.time.empty()) session.set_start_time(options.time);
  if (options.minutes != 0) session.set_duration_minutes(options.minutes);
  if (!options.place.empty()) session.set_place(options.place);
  if (options.places != 0) session.set_places(options.places);
  ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::SessionService::Stub::Announce, request));
  return tool.ShowReceipt(answer, answer.receipt(),
                          "Aangekondigd: " + session.title() + ", " + DateText(session.date()) +
                              " om " + session.start_time() + ".");
}

void AddAnnounce(CLI::App* noun, Tool& tool) {
  CLI::App* verb =
      AddVerb(noun, "announce", "Kondig een kennisdeelsessie aan",
              "poolcirkel session announce --kind lezing --title \"Leren van mislukken\" \\\n"
              "    --date 8-12-2026 --time 14:30 --minutes 90 --place \"Stadhuis\" --places 24");
  const auto options = std::make_shared<AnnounceOptions>();
  verb->add_option("--kind", options->kind,
                   "lezing, lunch, intervisie, training, boekenclub of cafe");
  verb->add_option("--title", options->title, "Titel");
  verb->add_option("--description", options->description, "Waar het over gaat");
  verb->add_option("--date", options->date, "Dag");
  verb->add_option("--time", options->time, "Begin, als 14:30");
  verb->add_option("--minutes", options->minutes, "Duur in minuten");
  verb->add_option("--place", options->place, "Waar");
  verb->add_option("--places", options->places, "Hoeveel mensen er bij kunnen");
  verb->add_option("--from", options->from, "Bestand met het verzoek als JSON");
  OnChosen(tool, verb, [&tool, options] { return Announce(tool, *options); });
}

void AddCancel(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "cancel", "Zeg een eigen sessie af",
                           "poolcirkel session cancel 1a2b3c4d --reason \"spreker is ziek\"");
  const auto request = std::make_shared<api::CancelSessionRequest>();
  verb->add_option("sessie", *request->mutable_session_id(), kSession)->required();
  verb->add_option("--reason", *request->mutable_reason(), "Waarom")->required();
  OnChosen(tool, verb, [&tool, request]() -> absl::Status {
    api::CancelSessionRequest whole = *request;
    ASSIGN_OR_RETURN(*whole.mutable_header(), tool.Command());
    ASSIGN_OR_RETURN(*whole.mutable_session_id(), FindSession(tool, request->session_id()));
    ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::SessionService::Stub::Cancel, whole));
    return tool.ShowReceipt(answer, answer.receipt(), "De sessie is afgezegd.");
  });
}

void AddSignUp(CLI::App* noun, Tool& tool) {
  CLI::App* verb =
      AddVerb(noun, "sign-up", "Meld iemand van dit lid aan voor een sessie",
              "poolcirkel session sign-up \"Leren van mislukken\" --participant \"adviseur 3\"");
  const auto request = std::make_shared<api::SignUpRequest>();
  verb->add_option("sessie", *request->mutable_session_id(), kSession)->required();
  verb->add_option("--participant", *request->mutable_participant(),
                   "Wie er komt; alleen dit lid kan het lezen");
  OnChosen(tool, verb, [&tool, request]() -> absl::Status {
    api::SignUpRequest whole = *request;
    ASSIGN_OR_RETURN(*whole.mutable_header(), tool.Command());
    ASSIGN_OR_RETURN(*whole.mutable_session_id(), FindSession(tool, request->session_id()));
    ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::SessionService::Stub::SignUp, whole));
    return tool.ShowReceipt(answer, answer.receipt(),
                            "Aangemeld; de gastheer antwoordt of er plaats is.");
  });
}

void AddWithdraw(CLI::App* noun, Tool& tool) {
  CLI::App* verb =
      AddVerb(noun, "withdraw", "Trek een aanmelding in", "poolcirkel session withdraw 1a2b3c4d");
  const auto text = std::make_shared<std::string>();
  verb->add_option("aanmelding", *text, "Id van de aanmelding")->required();
  OnChosen(tool, verb, [&tool, text]() -> absl::Status {
    api::WithdrawSignUpRequest request;
    ASSIGN_OR_RETURN(*request.mutable_header(), tool.Command());
    ASSIGN_OR_RETURN(*request.mutable_sign_up_id(), FindSignUp(tool, *text));
    ASSIGN_OR_RETURN(const auto answer,
                     tool.Ask(&api::SessionService::Stub::WithdrawSignUp, request));
    return tool.ShowReceipt(answer, answer.receipt(), "De aanmelding is ingetrokken.");
  });
}

std::string AnswerText(const api::SessionRow::SignUpRow& row) {
  if (row.withdrawn()) return "ingetrokken";
  switch (row.answer()) {
    case event::SignUpAnswered::ANSWER_PLACE:
      return "heeft plaats";
    case event::SignUpAnswered::ANSWER_WAITING_LIST:
      return "wachtlijst";
    default:
      return "wacht op de gastheer";
  }
}

void PrintSignUps(Tool& tool, const api::ListSessionsResponse& answer) {
  Table table({{"id"}, {"sessie"}, {"lid"}, {"antwoord"}, {"deelnemer"}});
  for (const auto& row : answer.sessions()) {
    for (const auto& sign_up : row.sign_ups()) {
      table.Add({ShortId(sign_up.sign_up_id()), ShortId(row.session_id()),
                 sign_up.member().short_name(), AnswerText(sign_up), sign_up.participant()});
    }
  }
  if (table.empty()) return;
  tool.out() << "\nAanmeldingen\n";
  table.Print(tool.color(), tool.out());
}

void PrintList(Tool& tool, const api::ListSessionsResponse& answer) {
  if (answer.sessions().empty()) {
    tool.out() << "Geen sessies; met --all ook die van vroeger en afgezegde.\n";
    return;
  }
  using enum Table::Align;
  Table table({{"id"},
               {"lid"},
               {"soort"},
               {"titel", kLeft, 50},
               {"dag"},
               {"tijd"},
               {"minuten", kRight},
               {"plaats", kLeft, 30},
               {"plaatsen bezet", kRight},
               {"stand"}});
  for (const auto& row : answer.sessions()) {
    const auto& session = row.session();
    table.Add({ShortId(row.session_id()), row.host().short_name(), SessionKindText(session.kind()),
               session.title(), DateText(session.date()), session.start_time(),
               std::to_string(session.duration_minutes()), session.place(),
               std::to_string(row.places_taken()) + "/" + std::to_string(session.places()),
               row.cancelled() ? "afgezegd: " + row.cancelled_reason() : ""});
  }
  table.Print(tool.color(), tool.out());
  PrintSignUps(tool, answer);
}

void AddListVerb(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "list", "Toon de sessies van alle leden, met de aanmeldingen",
                           "poolcirkel session list --all");
  const auto all = std::make_shared<bool>(false);
  const auto text = std::make_shared<std::string>();
  verb->add_flag("--all", *all, "Ook afgezegde en die van vroeger");
  verb->add_option("--session", *text, "Alleen deze");
  OnChosen(tool, verb, [&tool, all, text]() -> absl::Status {
    api::ListSessionsRequest request;
    ASSIGN_OR_RETURN(*request.mutable_header(), tool.Query());
    request.set_all(*all);
    if (!text->empty()) {
      ASSIGN_OR_RETURN(*request.mutable_session_id(), FindSession(tool, *text));
    }
    ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::SessionService::Stub::List, request));
    return tool.Show(answer, [&] { PrintList(tool, answer); });
  });
}

}  // namespace

void AddSession(CLI::App* root, Tool& tool) {
  CLI::App* noun = AddNoun(root, "session", "Kennisdeelsessies: aankondigen en aanmelden");
  AddAnnounce(noun, tool);
  AddCancel(noun, tool);
  AddSignUp(noun, tool);
  AddWithdraw(noun, tool);
  AddListVerb(noun, tool);
}

}  // namespace services::cli
