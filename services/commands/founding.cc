#include "services/commands/founding.h"

#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/crypto/digest.h"
#include "services/commands/records.h"

namespace services::commands {
namespace {

namespace crypto = eventstore::crypto;
namespace log = eventstore::log;
namespace privacy = eventstore::privacy;

constexpr char kName[] = "start-circle";

absl::Status MakeFeed(log::EventLog& log, const log::FeedId& feed) {
  const absl::Status made = log.CreateFeed(feed);
  if (!absl::IsAlreadyExists(made)) return made;
  // Left from an attempt that ended between the feed and its first event: nothing of it
  // was ever shown, so nobody else can hold more.
  if (log.Size(feed) == 0 && log.IsLocked(feed)) return log.UnlockFeed(feed);
  return absl::OkStatus();
}

}  // namespace

log::RequestId RequestOf(std::string_view name, std::string_view cause) {
  const crypto::Digest digest = crypto::Sha256({name, "\n", cause});
  std::array<uint8_t, log::RequestId::kSize> bytes;
  std::memcpy(bytes.data(), digest.array().data(), bytes.size());
  return log::RequestId(bytes);
}

absl::StatusOr<log::AppendResult> StartCircle(const Dependencies& parts,
                                              const domain::circle::Founding& founding,
                                              const Actor& actor) {
  const log::FeedId feed{founding.circle, founding.self, founding.epoch};
  RETURN_IF_ERROR(MakeFeed(*parts.log, feed));
  const RecordMakerParts makers{parts.keys, parts.ids, parts.entropy, parts.circles->PrivateFeed()};
  // The first feed of a circle is named by the circle alone.
  std::string cause = founding.circle.bytes();
  if (founding.epoch.value() > 0) absl::StrAppend(&cause, founding.epoch.value());
  log::AppendRequest append;
  append.request = RequestOf(kName, cause);
  ASSIGN_OR_RETURN(append.request_digest,
                   RequestDigest(*parts.keys, makers.private_feed, kName + cause));
  append.expected.push_back({feed, domain::circle::StreamOf(founding.circle), log::Revision(0)});
  for (const auto& event : founding.decision.events) {
    ASSIGN_OR_RETURN(auto record, MakeRecord(makers, feed, event, actor));
    append.records.push_back(std::move(record));
  }
  ASSIGN_OR_RETURN(auto appended, parts.log->Append(std::move(append)));
  RETURN_IF_ERROR(parts.circles->Refresh());
  return appended;
}

absl::Status StartEpoch(const Dependencies& parts, const membership::Circle& circle,
                        const domain::circle::Chain& ahead, const Actor& actor) {
  domain::circle::Chain chain = circle.chain;
  chain.insert(chain.end(), ahead.begin(), ahead.end());
  ASSIGN_OR_RETURN(const auto charter, domain::circle::VerifyChain(chain));
  const auto* self = domain::FindMember(charter, circle.self);
  if (self == nullptr) return absl::InternalError("an epoch of somebody who left");
  ASSIGN_OR_RETURN(const auto key, crypto::PublicKey::FromBytes(self->log_key()));
  const bool here = parts.log_keys != nullptr ? parts.log_keys->Find(key) != nullptr
                                              : parts.log_key->public_key() == key;
  if (!here) {
    return eventstore::base::Refusal(absl::StatusCode::kFailedPrecondition, "LOG_KEY_MISSING",
                                     "de poolcirkel gaf dit lid een logsleutel die hier niet is")
        .Remedy("zet de sleutel terug in de map keys, of laat hem opnieuw vervangen");
  }
  domain::circle::Founding founding;
  founding.circle = circle.id;
  founding.self = circle.self;
  founding.epoch = log::Epoch(self->epoch());
  for (const auto& version : chain) {
    domain::NewEvent event;
    event.circle = circle.id;
    event.stream = domain::circle::StreamOf(circle.id);
    *event.event.mutable_charter_adopted()->mutable_charter() = version;
    founding.decision.events.push_back(std::move(event));
  }
  if (parts.log_keys != nullptr) {
    parts.log_keys->Assign({founding.circle, founding.self, founding.epoch}, key);
  }
  return StartCircle(parts, founding, actor).status();
}

}  // namespace services::commands
