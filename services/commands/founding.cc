#include "services/commands/founding.h"

#include <array>
#include <cstring>

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
  // Left from an attempt that ended between the feed and its first event.
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
  const log::FeedId feed{founding.circle, founding.self, log::Epoch(0)};
  RETURN_IF_ERROR(MakeFeed(*parts.log, feed));
  const RecordMakerParts makers{parts.keys, parts.ids, parts.entropy, parts.circles->PrivateFeed()};
  log::AppendRequest append;
  append.request = RequestOf(kName, founding.circle.view());
  ASSIGN_OR_RETURN(append.request_digest, RequestDigest(*parts.keys, makers.private_feed,
                                                        kName + founding.circle.bytes()));
  append.expected.push_back({feed, domain::circle::StreamOf(founding.circle), log::Revision(0)});
  for (const auto& event : founding.decision.events) {
    ASSIGN_OR_RETURN(auto record, MakeRecord(makers, feed, event, actor));
    append.records.push_back(std::move(record));
  }
  ASSIGN_OR_RETURN(auto appended, parts.log->Append(std::move(append)));
  RETURN_IF_ERROR(parts.circles->Refresh());
  return appended;
}

}  // namespace services::commands
