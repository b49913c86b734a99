#include "services/cli/input.h"

#include "eventstore/base/clock.h"
#include "services/cli/charter_draft.h"
#include "services/cli/profiles.h"
#include "tests/fuzz/targets/expect.h"
#include "tests/fuzz/targets/known.h"
#include "tests/fuzz/targets/targets.h"

namespace tests::fuzz {

namespace base = ::eventstore::base;
namespace cli = ::services::cli;

// What people write on a command line: what is taken is within the bounds of input.h.
void Input(std::string_view input) {
  const std::string text(input);
  if (const auto date = cli::ReadDate("--x", text); date.ok() && !date->empty()) {
    Expect(base::ParseDate(*date).ok(), "a date is one");
  }
  if (const auto minutes = cli::ReadHours("--x", text); minutes.ok()) {
    Expect(*minutes >= 0 && *minutes <= 168 * 60, "hours of a week");
  }
  if (const auto cents = cli::ReadEuro("--x", text); cents.ok()) {
    Expect(*cents >= 0 && *cents < 100'000'000'000'000, "euro");
  }
  if (const auto weeks = cli::ReadWeeks("--x", {text}); weeks.ok()) {
    Expect(!weeks->empty() && weeks->size() <= 600, "some weeks");
    for (const auto& week : *weeks) {
      Expect(week.iso_week() >= 1 && week.iso_week() <= 53, "a week is one");
      Expect(week.minutes() == weeks->front().minutes(), "one number for all weeks");
    }
  }
  if (const auto attestation = cli::ReadAttestation("--x", text); attestation.ok()) {
    Expect(attestation->consent() != poolcirkel::event::v1::CONSENT_UNSPECIFIED, "who agreed");
  }
  if (const auto location = cli::ReadLocation("--x", text); location.ok()) {
    Expect(location->latitude_e4() >= -900'000 && location->latitude_e4() <= 900'000, "latitude");
    Expect(location->longitude_e4() >= -1'800'000 && location->longitude_e4() <= 1'800'000,
           "longitude");
  }
  const auto concept_ = cli::ReadConcept(text);
  Expect(concept_.label().size() + concept_.uri().size() <= text.size(), "nothing is added");
  Expect(cli::Lower(cli::Lower(text)) == cli::Lower(text), "lower case stays so");
}

// The files that people write for the tool: profiles, and the rules of a circle.
void Profiles(std::string_view input) {
  const std::string text(input);
  if (const auto profiles = cli::ParseProfiles(text, "/folder/profiles.yaml"); profiles.ok()) {
    for (const auto& [name, profile] : *profiles) {
      for (const std::string& path : {profile.certificate, profile.token_file}) {
        Expect(path.empty() || path.front() == '/', "a path starts at the file");
      }
    }
  } else {
    Expect(!profiles.status().message().empty(), "a refusal says what is wrong");
  }
  static const auto& first = *[] {
    auto* charter = new poolcirkel::event::v1::Charter();
    charter->ParseFromString(FirstCharter().charter());
    return charter;
  }();
  const auto draft = cli::DraftCharter(text, {first.members().begin(), first.members().end()},
                                       std::string(16, 'n'));
  if (!draft.ok()) return;
  Expect(draft->quorum() * 2 > static_cast<uint32_t>(draft->members_size()), "more than half");
}

}  // namespace tests::fuzz
