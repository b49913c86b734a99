#include "services/policies/destroy_keys.h"

#include "absl/strings/str_cat.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/errors.h"
#include "services/domain/professional/professional.h"
#include "services/policies/reaction.h"

namespace services::policies {

namespace base = eventstore::base;
namespace professional = services::domain::professional;

void DestroyKeys::Observe(const domain::PastEvent& event) {
  if (!event.event.has_erasure_ordered()) return;
  const WorkItem item(event.feed.circle, event.stream);
  orders_[item].try_emplace(event.feed.member, event.feed);
  work_.Touch(item);
}

absl::StatusOr<absl::Time> DestroyKeys::Act(absl::Time now) {
  return work_.Run(now, [this, now](const WorkItem& item) { return Consider(item, now); });
}

absl::StatusOr<absl::Time> DestroyKeys::Consider(const WorkItem& item, absl::Time now) {
  const auto circle = parts_.commands.circles->Find(item.first);
  if (circle == nullptr) return now + kUnknownCircle;
  bool destroyed = false;
  for (const auto& [home, feed] : orders_[item]) {
    ASSIGN_OR_RETURN(const bool done, parts_.eraser->Destroy(*circle, feed, item.second));
    destroyed |= done;
  }
  if (!destroyed) return absl::InfiniteFuture();
  if (const auto later = WaitForFeeds(parts_.commands, *circle, now)) return *later;
  const domain::Context context = MakeContext(parts_.commands, *circle);
  const absl::CivilDay last_backup = base::BusinessDate(context.now) + parts_.key_backup_days;
  const auto decide = [&](commands::Runner::Reader&) -> absl::StatusOr<domain::Decision> {
    return professional::Acknowledge({item.second, context.now, last_backup}, context);
  };
  const std::string cause = absl::StrCat(circle->id.bytes(), item.second.bytes());
  RETURN_IF_ERROR(React(parts_.commands, name(), cause, decide).status());
  return absl::InfiniteFuture();
}

}  // namespace services::policies
