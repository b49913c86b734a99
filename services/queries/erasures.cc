// Who has erased whom.
#include "projections/views/erasures/erasures.h"

#include <algorithm>

#include "eventstore/base/errors.h"
#include "services/answers/answers.h"
#include "services/queries/query_views.h"

namespace services::queries {

namespace v1 = poolcirkel::api::v1;
namespace views = projections::views;
using eventstore::log::MemberId;

namespace {

// An id that another member writes under as well is not that member's to erase; the
// members ignore such an order.
bool IsShared(const eventstore::log::EventLog& log, const membership::Circle& circle,
              const views::erasures::Order& order) {
  const auto members = circle.Members();
  return std::any_of(members.begin(), members.end(), [&](const MemberId& member) {
    const auto history = circle.FeedsOf(member);
    return member != order.feed.member &&
           std::any_of(history.begin(), history.end(), [&](const membership::FeedPart& part) {
             return log.StreamRevision(part.feed, order.professional).value() > 0;
           });
  });
}

v1::PrivacyStatusResponse::Erasure RowOf(const membership::Circle& circle,
                                         const views::erasures::CircleErasures& erasures,
                                         const views::erasures::Order& order) {
  v1::PrivacyStatusResponse::Erasure row;
  row.set_professional_id(eventstore::base::ToText(order.professional));
  *row.mutable_home() = answers::NameOf(circle, order.feed.member);
  row.set_ordered_at_microseconds(absl::ToUnixMicros(order.ordered_at));
  row.set_ground(order.ground);
  for (const MemberId& member : circle.Members()) {
    auto* entry = row.add_members();
    *entry->mutable_member() = answers::NameOf(circle, member);
    const auto found = erasures.acknowledged.find(std::pair(order.professional, member));
    if (found == erasures.acknowledged.end()) continue;
    entry->set_destroyed(true);
    entry->set_destroyed_online_at_microseconds(
        absl::ToUnixMicros(found->second.destroyed_online_at));
    entry->set_last_backup_expires_on(found->second.last_backup_expires_on);
  }
  return row;
}

}  // namespace

absl::StatusOr<v1::PrivacyStatusResponse> QueryViews::PrivacyStatus(
    const v1::PrivacyStatusRequest& request, absl::Time deadline) {
  const std::string view = views::erasures::kViewName;
  ASSIGN_OR_RETURN(const auto circle, answers::Prepare(*options_.circles, *options_.engine,
                                                       request.header(), deadline, {view}));
  std::string only;
  if (!request.professional_id().empty()) {
    ASSIGN_OR_RETURN(const auto id, answers::ParseId("professional_id", request.professional_id()));
    only = eventstore::base::ToText(id);
  }
  const auto snapshot = options_.engine->Read();
  ASSIGN_OR_RETURN(const auto* reader, snapshot->View(view));
  ASSIGN_OR_RETURN(const auto erasures, views::erasures::Read(*reader, circle->id));
  v1::PrivacyStatusResponse response;
  for (const auto& order : erasures.orders) {
    if (IsShared(*options_.log, *circle, order)) continue;
    auto row = RowOf(*circle, erasures, order);
    if (only.empty() || only == row.professional_id()) *response.add_erasures() = std::move(row);
  }
  std::sort(response.mutable_erasures()->begin(), response.mutable_erasures()->end(),
            [](const auto& a, const auto& b) {
              return a.ordered_at_microseconds() > b.ordered_at_microseconds();
            });
  *response.mutable_footer() = answers::FooterOf(*snapshot, {reader}, circle->id);
  return response;
}

void QueryViews::ForgetOpened() {
  search_index_.ForgetOpened();
  professionals_.ForgetOpened();
}

}  // namespace services::queries
