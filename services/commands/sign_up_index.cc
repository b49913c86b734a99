#include "services/commands/sign_up_index.h"

#include "eventstore/base/errors.h"
#include "poolcirkel/event/v1/event.pb.h"

namespace services::commands {
namespace {

namespace base = eventstore::base;
namespace log = eventstore::log;

constexpr size_t kPage = 512;
constexpr char kSignedUpType[] = "session_signed_up";

}  // namespace

absl::Status SignUpIndex::CatchUp(const log::FeedId& id, Feed& feed) const {
  while (feed.next.value() < log_->Size(id)) {
    ASSIGN_OR_RETURN(const auto page, log_->ReadFeed(id, feed.next, kPage));
    if (page.empty()) return absl::OkStatus();
    for (const auto& stored : page) {
      feed.next = stored.sequence.Next();
      if (stored.type != kSignedUpType) continue;
      poolcirkel::event::v1::Event event;
      if (!event.ParseFromString(stored.payload)) continue;
      const auto session = log::StreamId::FromBytes(event.session_signed_up().session_id());
      if (session.ok()) feed.sign_ups[*session].push_back(stored.stream);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<log::StreamId>> SignUpIndex::OfSession(const log::FeedId& feed,
                                                                  const log::StreamId& session) {
  base::MutexLock lock(mutex_);
  Feed& known = feeds_[feed];
  RETURN_IF_ERROR(CatchUp(feed, known));
  const auto found = known.sign_ups.find(session);
  if (found == known.sign_ups.end()) return std::vector<log::StreamId>();
  return found->second;
}

}  // namespace services::commands
