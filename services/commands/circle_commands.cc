#include "services/commands/circle_commands.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "services/commands/circle_rows.h"
#include "services/commands/end_epoch.h"
#include "services/commands/founding.h"
#include "services/commands/loading.h"

namespace services::commands {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;
namespace circle_domain = services::domain::circle;
namespace log = eventstore::log;
using poolcirkel::event::v1::CharterMember;

constexpr size_t kMaximumShortName = 40;
constexpr size_t kMemberIdSize = 16;
// How many members answer an applicant.
constexpr size_t kContacts = 2;

bool IsShortName(const std::string& name) {
  return !name.empty() && name.size() <= kMaximumShortName &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

absl::Status CheckShortName(std::string_view field, const std::string& name) {
  if (IsShortName(name)) return absl::OkStatus();
  return base::InvalidField(field, "is 1 tot 40 tekens uit a-z, 0-9 en -");
}

absl::Status NotAMember(std::string_view message) {
  return base::Refusal(absl::StatusCode::kFailedPrecondition, "NOT_A_MEMBER", message)
      .Remedy("gebruik het lidgegeven dat `poolcirkel circle entry` op dit knooppunt maakt");
}

// The own entry in a charter: the one with the own log key.
const CharterMember* FindByLogKey(const poolcirkel::event::v1::Charter& charter,
                                  std::string_view log_key) {
  for (const auto& member : charter.members()) {
    if (member.log_key() == log_key) return &member;
  }
  return nullptr;
}

absl::Status CheckInvitation(const api::Invitation& invitation) {
  std::vector<absl::Status> broken;
  const auto id = base::FromHex(invitation.circle_id());
  if (!id.ok() || id->size() != log::CircleId::kSize) {
    broken.push_back(base::InvalidField("invitation.circle_id", "is 64 hexadecimale tekens"));
  }
  broken.push_back(CheckShortName("invitation.circle_short_name", invitation.circle_short_name()));
  if (invitation.contacts_size() < 1 || invitation.contacts_size() > 8) {
    broken.push_back(base::InvalidField("invitation.contacts", "noemt 1 tot 8 leden"));
  }
  for (int i = 0; i < invitation.contacts_size() && i < 8; ++i) {
    broken.push_back(circle_domain::CheckMember(absl::StrCat("invitation.contacts[", i, "]"),
                                                invitation.contacts(i)));
  }
  return base::Join(broken);
}

}  // namespace

CharterMember CircleCommands::NewEntry(const std::string& short_name, bool coordinator) const {
  CharterMember member;
  member.set_member_id(parts_.entropy->Bytes(kMemberIdSize));
  member.set_short_name(short_name);
  member.set_name(identity_.organisation);
  member.set_oin(identity_.oin);
  member.set_log_key(parts_.log_key->public_key().bytes());
  member.set_tls_key_hash(identity_.tls_key_hash.bytes());
  for (const auto& address : identity_.addresses) member.add_addresses(address);
  member.set_coordinator(coordinator);
  if (identity_.position.has_value()) *member.mutable_position() = *identity_.position;
  return member;
}

absl::Status CircleCommands::CheckOwnEntry(const CharterMember& entry) const {
  if (entry.tls_key_hash() == identity_.tls_key_hash.view() && entry.oin() == identity_.oin) {
    return absl::OkStatus();
  }
  return NotAMember("de charter noemt dit lid met een andere TLS-sleutel of een ander OIN");
}

absl::StatusOr<api::MakeMemberEntryResponse> CircleCommands::MakeMemberEntry(
    const api::MakeMemberEntryRequest& request, const Actor& /*actor*/, absl::Time /*deadline*/) {
  RETURN_IF_ERROR(base::Join({CheckShortName("circle_short_name", request.circle_short_name()),
                              CheckShortName("short_name", request.short_name())}));
  base::MutexLock lock(mutex_);
  const auto running = parts_.circles->Resolve(request.circle_short_name());
  if (running.ok() && parts_.log_keys != nullptr) {
    api::MakeMemberEntryResponse entry;
    ASSIGN_OR_RETURN(*entry.mutable_member(), NextEntry(**running));
    return entry;
  }
  CharterMember member = NewEntry(request.short_name(), request.coordinator());
  if (const auto kept = pending_->FindEntry(request.circle_short_name()); kept.has_value()) {
    member.set_member_id(kept->member_id());
  }
  RETURN_IF_ERROR(pending_->KeepEntry(request.circle_short_name(), member));
  api::MakeMemberEntryResponse response;
  *response.mutable_member() = std::move(member);
  return response;
}

absl::StatusOr<api::SignCharterResponse> CircleCommands::SignCharter(
    const api::SignCharterRequest& request, const Actor& /*actor*/, absl::Time /*deadline*/) {
  ASSIGN_OR_RETURN(const auto charter, circle_domain::ParseCharter(request.charter()));
  if (charter.version() != 0) {
    return base::Refusal(absl::StatusCode::kFailedPrecondition, "VERSION_MISMATCH",
                         "alleen de eerste versie wordt buiten het logboek om ondertekend")
        .Remedy("stel een volgende versie voor met `poolcirkel circle propose`");
  }
  const CharterMember* entry = FindByLogKey(charter, parts_.log_key->public_key().view());
  if (entry == nullptr) return NotAMember("de charter noemt dit lid niet met zijn sleutel");
  RETURN_IF_ERROR(CheckOwnEntry(*entry));
  ASSIGN_OR_RETURN(const auto member, log::MemberId::FromBytes(entry->member_id()));
  api::SignCharterResponse response;
  *response.mutable_signature() =
      circle_domain::SignCharter(member, *parts_.log_key, request.charter());
  return response;
}

absl::StatusOr<api::FoundCircleResponse> CircleCommands::Found(
    const api::FoundCircleRequest& request, const Actor& actor, absl::Time /*deadline*/) {
  base::MutexLock lock(mutex_);
  // The state of a circle that is not there: founding again is answered by the log,
  // as a repeated request.
  ASSIGN_OR_RETURN(const auto founding,
                   circle_domain::Found({}, request.charter(), parts_.log_key->public_key()));
  ASSIGN_OR_RETURN(const auto charter, circle_domain::ParseCharter(request.charter().charter()));
  const CharterMember* entry = FindByLogKey(charter, parts_.log_key->public_key().view());
  if (entry == nullptr) return NotAMember("de charter noemt dit lid niet met zijn sleutel");
  RETURN_IF_ERROR(CheckOwnEntry(*entry));
  const auto other = parts_.circles->Resolve(charter.short_name());
  if (other.ok() && (*other)->id != founding.circle) {
    return base::Refusal(absl::StatusCode::kAlreadyExists, "CIRCLE_NAME_TAKEN",
                         "dit lid is al in een andere poolcirkel met deze korte naam")
        .Field("charter.short_name", "is al in gebruik");
  }
  if (parts_.circles->Find(founding.circle) == nullptr &&
      !pending_->FindEntry(charter.short_name()).has_value()) {
    // Founded before, perhaps, by this member under this key: its log would begin twice.
    return base::Refusal(absl::StatusCode::kFailedPrecondition, "FOUNDING_UNKNOWN",
                         "dit knooppunt maakte voor deze poolcirkel geen lidgegevens klaar")
        .Remedy(
            "maak ze eerst met `poolcirkel circle entry`; heeft dit lid zijn logboek verloren, "
            "vraag dan een uitnodiging en gebruik `poolcirkel circle join`");
  }
  ASSIGN_OR_RETURN(const auto appended, StartCircle(parts_, founding, actor));
  RETURN_IF_ERROR(pending_->ForgetEntry(charter.short_name()));
  api::FoundCircleResponse response;
  response.set_circle_id(base::ToText(founding.circle));
  auto& receipt = *response.mutable_receipt();
  receipt.set_id(base::ToText(circle_domain::StreamOf(founding.circle)));
  receipt.set_revision(founding.decision.events.size());
  *receipt.mutable_cursor() = log::ToProto(appended.cursor);
  receipt.set_repeated(appended.repeated);
  return response;
}

absl::StatusOr<api::InviteResponse> CircleCommands::Invite(const api::InviteRequest& request,
                                                           const Actor& /*actor*/,
                                                           absl::Time /*deadline*/) {
  ASSIGN_OR_RETURN(const auto circle, parts_.circles->Resolve(request.circle()));
  api::InviteResponse response;
  auto& invitation = *response.mutable_invitation();
  invitation.set_circle_id(base::ToText(circle->id));
  invitation.set_circle_name(circle->charter.name());
  invitation.set_circle_short_name(circle->charter.short_name());
  *invitation.add_contacts() = *circle->Member(circle->self);
  // A coordinator first, because it is there to answer.
  for (const bool coordinator : {true, false}) {
    for (const auto& member : circle->charter.members()) {
      if (static_cast<size_t>(invitation.contacts_size()) == kContacts) break;
      if (member.coordinator() != coordinator || member.member_id() == circle->self.view()) {
        continue;
      }
      *invitation.add_contacts() = member;
    }
  }
  return response;
}

absl::StatusOr<api::JoinResponse> CircleCommands::Join(const api::JoinRequest& request,
                                                       const Actor& /*actor*/,
                                                       absl::Time /*deadline*/) {
  RETURN_IF_ERROR(base::Join(
      {CheckInvitation(request.invitation()), CheckShortName("short_name", request.short_name())}));
  ASSIGN_OR_RETURN(const auto id_bytes, base::FromHex(request.invitation().circle_id()));
  ASSIGN_OR_RETURN(const auto circle, log::CircleId::FromBytes(id_bytes));
  if (parts_.circles->Find(circle) != nullptr) {
    return base::Refusal(absl::StatusCode::kAlreadyExists, "ALREADY_A_MEMBER",
                         "dit lid is al in deze poolcirkel");
  }
  base::MutexLock lock(mutex_);
  PendingCircles::Application application;
  application.invitation = request.invitation();
  application.member = NewEntry(request.short_name(), false);
  for (const auto& before : pending_->Applications()) {
    if (before.invitation.circle_id() != request.invitation().circle_id()) continue;
    application.member.set_member_id(before.member.member_id());
  }
  RETURN_IF_ERROR(pending_->KeepApplication(application));
  api::JoinResponse response;
  *response.mutable_application() = application.member;
  return response;
}

absl::StatusOr<circle_domain::State> CircleCommands::LoadAgain(Runner::Reader& reader,
                                                               const api::CommandHeader& header,
                                                               membership::CirclePtr& circle,
                                                               domain::Context& context) const {
  circle = parts_.circles->Find(circle->id);
  context.charter = &circle->charter;
  ExpectRevision(reader, header, *circle, circle_domain::StreamOf(circle->id));
  return LoadCircle(reader, *circle);
}

absl::StatusOr<api::ProposeCharterResponse> CircleCommands::ProposeCharter(
    const api::ProposeCharterRequest& request, const Actor& actor, absl::Time /*deadline*/) {
  ASSIGN_OR_RETURN(auto circle, parts_.circles->Resolve(request.header().circle()));
  ASSIGN_OR_RETURN(const auto command,
                   MakeCommand(request, request.header(), circle->id, actor, *parts_.ids));
  domain::Context context = MakeContext(parts_, *circle);
  circle_domain::ProposeCharter proposal;
  if (request.has_charter()) proposal.charter = request.charter();
  proposal.admit.assign(request.admit().begin(), request.admit().end());
  const auto decide = [&](Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ASSIGN_OR_RETURN(const auto state, LoadAgain(reader, request.header(), circle, context));
    return circle_domain::ProposeNext(state, circle->chain.back().charter(), proposal,
                                      parts_.SigningKey(*circle), context);
  };
  ASSIGN_OR_RETURN(const auto result, parts_.runner->Run(command, decide));
  ASSIGN_OR_RETURN(const auto proposed, FindProposed(result));
  api::ProposeCharterResponse response;
  *response.mutable_receipt() =
      MakeReceipt(command, result, *circle, circle_domain::StreamOf(circle->id), result.revision);
  response.set_version(proposed.charter.version());
  response.set_charter_digest(proposed.digest.bytes());
  return response;
}

absl::StatusOr<api::SignProposalResponse> CircleCommands::SignProposal(
    const api::SignProposalRequest& request, const Actor& actor, absl::Time /*deadline*/) {
  ASSIGN_OR_RETURN(auto circle, parts_.circles->Resolve(request.header().circle()));
  ASSIGN_OR_RETURN(const auto command,
                   MakeCommand(request, request.header(), circle->id, actor, *parts_.ids));
  circle_domain::SignProposalCommand sign;
  sign.version = request.version();
  if (!request.charter_digest().empty()) {
    const auto digest = circle_domain::Digest::FromBytes(request.charter_digest());
    if (!digest.ok()) return base::InvalidField("charter_digest", "is 32 bytes");
    sign.digest = *digest;
  }
  domain::Context context = MakeContext(parts_, *circle);
  const auto decide = [&](Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ASSIGN_OR_RETURN(const auto state, LoadAgain(reader, request.header(), circle, context));
    for (const auto& [digest, proposal] : state.proposals) {
      if (sign.digest.value_or(digest) != digest) continue;
      if (proposal.charter.version() != sign.version) continue;
      const auto ended = circle_domain::EndedBy(circle->charter, proposal.charter);
      if (ended && ended->member != circle->self) {
        RETURN_IF_ERROR(CheckCut(*parts_.log, *circle, *ended, request.leave_out_cosigned()));
      }
    }
    return circle_domain::SignProposal(state, circle->chain.back().charter(), sign,
                                       parts_.SigningKey(*circle), context);
  };
  ASSIGN_OR_RETURN(const auto result, parts_.runner->Run(command, decide));
  api::SignProposalResponse response;
  *response.mutable_receipt() =
      MakeReceipt(command, result, *circle, circle_domain::StreamOf(circle->id), result.revision);
  return response;
}

absl::StatusOr<api::ListCirclesResponse> CircleCommands::List(
    const api::ListCirclesRequest& /*request*/) const {
  api::ListCirclesResponse response;
  for (const auto& circle : parts_.circles->All()) *response.add_circles() = CircleRow(*circle);
  for (const auto& application : pending_->Applications()) {
    *response.add_circles() = CircleRow(application);
  }
  return response;
}

absl::StatusOr<api::ShowCircleResponse> CircleCommands::Show(
    const api::ShowCircleRequest& request) const {
  ASSIGN_OR_RETURN(const auto circle, parts_.circles->Resolve(request.circle()));
  circle_domain::State state;
  RETURN_IF_ERROR(FoldCircle(*parts_.log, *parts_.keys, *circle, state));
  return CircleDetails(*circle, state);
}

}  // namespace services::commands
