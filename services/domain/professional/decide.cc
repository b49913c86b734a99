#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "eventstore/base/errors.h"
#include "services/domain/professional/professional.h"
#include "services/domain/validation.h"

namespace services::domain::professional {
namespace {

using eventstore::base::BusinessDate;
using eventstore::base::Refusal;
using eventstore::privacy::ClassKey;
using eventstore::privacy::KeyOf;
using poolcirkel::log::v1::KEY_CLASS_PERSON;

// Refusals travel in the trailer of a call, which is small.
constexpr size_t kMaximumWeeksNamed = 30;

absl::Status Unknown() {
  return Refusal(absl::StatusCode::kNotFound, "PROFESSIONAL_UNKNOWN",
                 "deze professional is niet bekend in deze poolcirkel")
      .Remedy("zoek het id op met `poolcirkel professional list`");
}

NewEvent PrivateEvent(const StreamId& stream) {
  NewEvent event;
  event.stream = stream;
  event.keys.person = KeyOf(stream);
  return event;
}

NewEvent CircleEvent(const Context& context) {
  NewEvent event;
  event.circle = context.circle;
  event.stream = context.new_id;
  event.keys.person = KeyOf(context.new_id);
  return event;
}

ClassKey PrivateKeyOfPerson(const Context& context) {
  ClassKey key;
  key.id = KeyOf(context.new_private_id);
  key.key_class = KEY_CLASS_PERSON;
  key.circle = context.private_feed.circle;
  key.made_by = context.private_feed.member;
  return key;
}

ClassKey CircleKeyOfPerson(const Context& context) {
  ClassKey key;
  key.id = KeyOf(context.new_id);
  key.key_class = KEY_CLASS_PERSON;
  key.circle = context.circle;
  key.made_by = context.self;
  return key;
}

absl::Status CheckRegister(const State& state, const RegisterProfessional& command,
                           const Context& context) {
  Violations violations;
  if (!state.registered) violations.CheckIdentity("identity", command.identity);
  if (!state.registered || command.profile.ByteSizeLong() > 0) {
    violations.CheckProfile("profile", command.profile);
  }
  violations.CheckWeeks("capacity", command.capacity, BusinessDate(context.now));
  if (!state.registered && command.taken_pseudonyms.count(command.profile.pseudonym()) > 0) {
    violations.Add(Refusal(absl::StatusCode::kAlreadyExists, "PSEUDONYM_TAKEN",
                           "deze pool heeft al een professional met dit pseudoniem")
                       .Field("profile.pseudonym", "is al in gebruik")
                       .Remedy("kies een ander pseudoniem"));
  }
  return violations.Status();
}

// The state as it will be after the events of the decision so far.
State After(const State& state, const Decision& decision, const Context& context) {
  State after = state;
  for (const NewEvent& event : decision.events) {
    if (event.circle) continue;
    PastEvent past;
    past.feed = context.private_feed;
    past.stream = event.stream;
    past.event = event.event;
    Evolve(after, past);
  }
  return after;
}

void AddRegistration(const RegisterProfessional& command, const Context& context,
                     Decision& decision) {
  decision.new_keys.push_back(PrivateKeyOfPerson(context));
  NewEvent registered = PrivateEvent(context.new_private_id);
  auto& body = *registered.event.mutable_professional_registered();
  *body.mutable_identity() = command.identity;
  *body.mutable_profile() = command.profile;
  decision.events.push_back(std::move(registered));
}

NewEvent CapacityEvent(const StreamId& stream, const WeekList& weeks) {
  NewEvent event = PrivateEvent(stream);
  *event.event.mutable_capacity_stated()->mutable_weeks() = weeks;
  return event;
}

void AddListing(const State& state, const RegisterProfessional& command, const Context& context,
                Decision& decision) {
  const StreamId private_id = state.registered ? state.private_id : context.new_private_id;
  decision.new_keys.push_back(CircleKeyOfPerson(context));
  NewEvent listed = PrivateEvent(private_id);
  auto& listing = *listed.event.mutable_professional_listed();
  listing.set_circle_id(context.circle.bytes());
  listing.set_circle_professional_id(context.new_id.bytes());
  listing.set_commitment_salt(context.salt);
  decision.events.push_back(std::move(listed));

  NewEvent stated = CircleEvent(context);
  auto& profile = *stated.event.mutable_profile_stated();
  *profile.mutable_profile() = command.profile.ByteSizeLong() > 0 ? command.profile : state.profile;
  profile.set_identity_commitment(
      IdentityCommitment(context.salt, state.registered ? state.identity : command.identity)
          .bytes());
  decision.events.push_back(std::move(stated));
}

// Weeks whose capacity would fall below what is reserved.
absl::Status CheckReserved(const State& state, const WeekMap& capacity) {
  const WeekMap reserved = Reserved(state);
  std::vector<std::string> texts;
  std::vector<std::string> weeks;
  size_t broken = 0;
  for (const auto& [week, minutes] : capacity) {
    const auto held = reserved.find(week);
    if (held == reserved.end() || held->second <= minutes) continue;
    if (++broken > kMaximumWeeksNamed) continue;
    weeks.push_back(eventstore::base::FormatWeek(week));
    texts.push_back(absl::StrCat(weeks.back(), " (gereserveerd ", HoursText(held->second),
                                 ", opgegeven ", HoursText(minutes), ")"));
  }
  if (broken == 0) return absl::OkStatus();
  std::string message = absl::StrCat("er is al meer gereserveerd dan deze capaciteit in ",
                                     absl::StrJoin(texts, "; "));
  if (broken > texts.size()) {
    absl::StrAppend(&message, "; en in nog ", broken - texts.size(), " weken");
  }
  return Refusal(absl::StatusCode::kFailedPrecondition, "CAPACITY_BELOW_RESERVED", message)
      .Metadata("weeks", absl::StrJoin(weeks, ","))
      .Remedy("beëindig eerst de detachering, of geef ten minste de gereserveerde uren op");
}

}  // namespace

absl::StatusOr<Decision> Register(const State& state, const RegisterProfessional& command,
                                  const Context& context) {
  if (state.listings.count(context.circle) > 0) {
    return Refusal(absl::StatusCode::kAlreadyExists, "ALREADY_LISTED",
                   "deze professional staat al in deze poolcirkel")
        .Metadata("professional_id", eventstore::base::ToText(state.listings.at(context.circle).id))
        .Status();
  }
  RETURN_IF_ERROR(CheckRegister(state, command, context));
  if (context.salt.size() != kCommitmentSaltSize) return absl::InternalError("a salt has 16 bytes");
  Decision decision;
  if (!state.registered) AddRegistration(command, context, decision);
  const StreamId private_id = state.registered ? state.private_id : context.new_private_id;
  const WeekMap capacity = ToWeekMap(command.capacity);
  RETURN_IF_ERROR(CheckReserved(state, capacity));
  if (!capacity.empty()) decision.events.push_back(CapacityEvent(private_id, command.capacity));
  AddListing(state, command, context, decision);

  const State after = After(state, decision, context);
  for (NewEvent& event : StateFreeHours(after, capacity)) {
    // The new circle gets every week, below.
    if (event.circle != context.circle) decision.events.push_back(std::move(event));
  }
  for (NewEvent& event : StateFreeHours(after, after.capacity)) {
    if (event.circle == context.circle) decision.events.push_back(std::move(event));
  }
  return decision;
}

absl::StatusOr<Decision> StateCapacity(const State& state, const StateCapacityCommand& command,
                                       const Context& context) {
  if (!state.registered || state.listings.count(context.circle) == 0) return Unknown();
  Violations violations;
  if (command.weeks.empty()) violations.Add("weeks", "is verplicht: ten minste één week");
  violations.CheckWeeks("weeks", command.weeks, BusinessDate(context.now));
  RETURN_IF_ERROR(violations.Status());
  RETURN_IF_ERROR(CheckFree(state, {}));
  const WeekMap capacity = ToWeekMap(command.weeks);
  RETURN_IF_ERROR(CheckReserved(state, capacity));
  Decision decision;
  decision.events.push_back(CapacityEvent(state.private_id, command.weeks));
  const State after = After(state, decision, context);
  for (NewEvent& event : StateFreeHours(after, capacity)) {
    decision.events.push_back(std::move(event));
  }
  return decision;
}

absl::StatusOr<Decision> OpenIdentity(const State& state, const OpenIdentityCommand& command,
                                      const Context& context) {
  if (!state.registered || state.listings.count(context.circle) == 0) return Unknown();
  const auto* member = FindMember(*context.charter, command.member);
  if (member == nullptr) {
    return Refusal(absl::StatusCode::kNotFound, "MEMBER_UNKNOWN",
                   "deze lidorganisatie staat niet in de samenwerkingsafspraken")
        .Field("member", "is geen lid van deze poolcirkel")
        .Remedy("kies een lid uit `poolcirkel circle show`")
        .Status();
  }
  if (command.member == context.self) {
    return eventstore::base::InvalidField("member", "is de eigen organisatie");
  }
  if (state.identity_opened_to.count({context.circle, command.member}) > 0) {
    return Refusal(absl::StatusCode::kAlreadyExists, "ALREADY_OPENED",
                   absl::StrCat(member->short_name(), " mag al zien wie dit is"))
        .Status();
  }
  Decision decision;
  NewEvent event = PrivateEvent(state.private_id);
  event.event.mutable_identity_opened()->set_circle_id(context.circle.bytes());
  event.event.mutable_identity_opened()->set_member_id(command.member.bytes());
  decision.events.push_back(std::move(event));
  return decision;
}

}  // namespace services::domain::professional
