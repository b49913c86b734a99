#include "services/node/status.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace services::node {
namespace {

namespace base = ::eventstore::base;
namespace log = ::eventstore::log;
namespace replication = ::eventstore::replication;
namespace v1 = ::poolcirkel::api::v1;

v1::FeedState ToApi(replication::FeedState state) {
  switch (state) {
    case replication::FeedState::kUnknown:
      return v1::FEED_STATE_UNKNOWN;
    case replication::FeedState::kCatchingUp:
      return v1::FEED_STATE_CATCHING_UP;
    case replication::FeedState::kLive:
      return v1::FEED_STATE_LIVE;
    case replication::FeedState::kStale:
      return v1::FEED_STATE_STALE;
    case replication::FeedState::kFrozen:
      return v1::FEED_STATE_FROZEN;
  }
  return v1::FEED_STATE_UNSPECIFIED;
}

std::string ShortName(const membership::Circle& circle, const log::MemberId& id) {
  const auto* member = circle.Member(id);
  return member == nullptr ? base::ToText(id) : member->short_name();
}

void AddOwnFeed(const Core& core, const membership::Circle& circle,
                const replication::OwnHeadStatus& head, v1::NodeStatusResponse::Circle& row) {
  auto* feed = row.add_feeds();
  const bool locked = core.log->IsLocked(circle.OwnFeed());
  feed->set_member(ShortName(circle, circle.self));
  feed->set_state(locked ? v1::FEED_STATE_OWN_UNCONFIRMED : v1::FEED_STATE_OWN);
  feed->set_size(core.log->Size(circle.OwnFeed()));
  feed->set_known_size(std::max(feed->size(), head.known_size));
  if (locked || head.contested) feed->set_detail(head.detail);
}

void AddPeersAndFeeds(const Core& core, const membership::Circle& circle,
                      const std::vector<peer::CircleStatus>& statuses,
                      v1::NodeStatusResponse::Circle& row) {
  const auto found = std::find_if(statuses.begin(), statuses.end(),
                                  [&](const auto& status) { return status.circle == circle.id; });
  if (found == statuses.end()) {
    AddOwnFeed(core, circle, {}, row);
    return;
  }
  AddOwnFeed(core, circle, found->own_head, row);
  for (const auto& status : found->feeds) {
    auto* feed = row.add_feeds();
    feed->set_member(ShortName(circle, status.feed.member));
    feed->set_state(ToApi(status.state));
    feed->set_size(status.size);
    feed->set_known_size(status.known_size);
    feed->set_detail(status.detail);
  }
  for (const auto& status : found->peers) {
    auto* peer = row.add_peers();
    peer->set_member(ShortName(circle, status.member));
    peer->set_connected(status.connected);
    peer->set_address(status.address);
    peer->set_last_error(status.last_error);
  }
}

void AddViews(const Core& core, const membership::Circle& circle,
              v1::NodeStatusResponse::Circle& row) {
  const uint64_t unknown = core.engine->UnknownEvents(circle.id);
  for (const auto& state : core.engine->States()) {
    auto* view = row.add_views();
    view->set_name(state.name);
    view->set_version(state.version);
    view->set_lag(state.lag_events);
    view->set_unknown_events(unknown);
    if (const auto digest = core.engine->Digest(state.name, circle.id); digest.ok()) {
      view->set_digest(base::ToText(*digest));
    }
  }
}

}  // namespace

Health CheckHealth(const Core& core, const peer::Network& network,
                   const std::vector<std::string>& policy_problems) {
  Health health;
  health.problems = policy_problems;
  const auto own = core.log->OwnHealth();
  const auto replicas = core.log->ReplicasHealth();
  const auto views = core.engine->Health();
  health.storage = own.ok() && replicas.ok();
  health.views = views.ok();
  health.peers = true;
  if (!own.ok()) {
    health.problems.push_back(
        absl::StrCat("het eigen logboek is niet te schrijven: ", std::string(own.message())));
  }
  if (absl::IsDataLoss(replicas)) {
    health.problems.push_back(
        "de kopieën van andere leden zijn beschadigd; herstart het knooppunt, dan haalt het ze "
        "opnieuw");
  } else if (!replicas.ok()) {
    health.problems.push_back(absl::StrCat("de kopieën van andere leden zijn niet te schrijven: ",
                                           std::string(replicas.message())));
  }
  if (!views.ok()) health.problems.push_back("een overzicht is gestopt; herstart het knooppunt");
  for (const auto& status : network.Status()) {
    const auto circle = core.circles->Find(status.circle);
    if (circle == nullptr) continue;
    if (core.log->IsLocked(circle->OwnFeed()) || status.own_head.contested) {
      health.peers = false;
      health.problems.push_back(absl::StrCat(circle->charter.short_name(), ": ",
                                             status.own_head.detail.empty()
                                                 ? "andere leden hebben het eigen logboek nog "
                                                   "niet bevestigd"
                                                 : status.own_head.detail));
    }
    for (const auto& feed : status.feeds) {
      if (feed.state != replication::FeedState::kFrozen) continue;
      health.peers = false;
      health.problems.push_back(absl::StrCat(circle->charter.short_name(), ": het logboek van ",
                                             ShortName(*circle, feed.feed.member),
                                             " is bevroren: ", feed.detail));
    }
  }
  return health;
}

v1::NodeStatusResponse MakeStatus(const Config& config, const Core& core,
                                  const peer::Network& network, const Health& health,
                                  absl::Time started_at) {
  v1::NodeStatusResponse response;
  response.set_version(POOLCIRKEL_VERSION);
  response.set_member(config.member.short_name);
  response.set_organisation(config.member.organisation);
  response.set_serving(health.serving());
  response.set_started_at_microseconds(absl::ToUnixMicros(started_at));
  for (const auto& problem : health.problems) response.add_problems(problem);
  const auto statuses = network.Status();
  for (const auto& circle : core.circles->All()) {
    auto* row = response.add_circles();
    row->set_circle_id(base::ToText(circle->id));
    row->set_short_name(circle->charter.short_name());
    row->set_charter_version(circle->charter.version());
    AddPeersAndFeeds(core, *circle, statuses, *row);
    AddViews(core, *circle, *row);
  }
  return response;
}

}  // namespace services::node
