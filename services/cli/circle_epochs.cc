#include <memory>
#include <string>

#include "eventstore/base/errors.h"
#include "eventstore/base/id.h"
#include "poolcirkel/api/v1/circle_service.grpc.pb.h"
#include "services/cli/nouns.h"
#include "services/cli/text.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;
namespace event = poolcirkel::event::v1;

struct EpochOptions {
  std::string member;
  std::string entry;
};

bool IsOwn(event::EpochEnd reason) {
  return reason == event::EPOCH_END_ROTATION || reason == event::EPOCH_END_YEARLY_CLOSING;
}

absl::Status End(Tool& tool, const EpochOptions& options, event::EpochEnd reason) {
  api::EndEpochRequest request;
  ASSIGN_OR_RETURN(*request.mutable_header(), tool.Command());
  request.set_member(options.member);
  request.set_reason(reason);
  if (!options.entry.empty()) {
    event::CharterMember entry;
    RETURN_IF_ERROR(ReadRequest(options.entry, entry));
    request.set_next_log_key(entry.log_key());
  }
  ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::CircleService::Stub::EndEpoch, request));
  return tool.Show(answer, [&] {
    tool.out() << "Voorgesteld in versie " << answer.charter_version()
               << ": het tijdvak eindigt na " << answer.final_size() << " gebeurtenissen.\n";
    if (IsOwn(reason)) {
      tool.out() << "De knooppunten van de andere leden tekenen dit vanzelf; tot dan schrijft "
                    "dit lid niets anders. Volg het met: poolcirkel circle show\n";
    } else {
      tool.out() << "De andere leden tekenen met:\n  poolcirkel circle sign-proposal --version "
                 << answer.charter_version() << "\n";
    }
    tool.out() << "kenmerk  " << base::ToHex(answer.charter_digest()) << "\n";
  });
}

void AddOwn(CLI::App* circle, Tool& tool, const char* name, const char* description,
            const char* example, event::EpochEnd reason) {
  CLI::App* verb = AddVerb(circle, name, description, example);
  OnChosen(tool, verb, [&tool, reason] { return End(tool, {}, reason); });
}

// `needs_entry`: the member hands over the key of its next epoch, out of band.
void AddImposed(CLI::App* circle, Tool& tool, const char* name, const char* description,
                const char* example, event::EpochEnd reason, bool needs_entry) {
  CLI::App* verb = AddVerb(circle, name, description, example);
  const auto options = std::make_shared<EpochOptions>();
  verb->add_option("member", options->member, "Korte naam of id van het lid")->required();
  if (needs_entry) {
    verb->add_option("--entry", options->entry,
                     "Bestand van `circle entry` op het knooppunt van dat lid: zijn nieuwe "
                     "logsleutel")
        ->required();
  }
  OnChosen(tool, verb, [&tool, options, reason] { return End(tool, *options, reason); });
}

}  // namespace

void AddEpochVerbs(CLI::App* circle, Tool& tool) {
  AddOwn(circle, tool, "rotate-key", "Ga verder met een nieuwe logsleutel, in een nieuw tijdvak",
         "poolcirkel circle rotate-key --circle randstad", event::EPOCH_END_ROTATION);
  AddOwn(circle, tool, "close-year", "Sluit het jaar af: ga verder in een nieuw tijdvak",
         "poolcirkel circle close-year --circle randstad", event::EPOCH_END_YEARLY_CLOSING);
  AddImposed(circle, tool, "suspend", "Stel voor een lid te schorsen, en teken",
             "poolcirkel circle suspend leiden", event::EPOCH_END_SUSPENSION, false);
  AddImposed(circle, tool, "replace-key", "Vervang de logsleutel die een lid kwijt is, en teken",
             "poolcirkel circle replace-key leiden --entry leiden.json", event::EPOCH_END_KEY_LOST,
             true);
  AddImposed(circle, tool, "resume", "Laat een geschorst of hersteld lid verdergaan, en teken",
             "poolcirkel circle resume leiden --entry leiden.json", event::EPOCH_END_RESTORED,
             true);
  AddImposed(circle, tool, "end-fork", "Sluit het tijdvak van een lid met twee geschiedenissen",
             "poolcirkel circle end-fork leiden --entry leiden.json", event::EPOCH_END_FORK, true);
}

}  // namespace services::cli
