#include "services/node/core.h"

#include "eventstore/base/errors.h"
#include "services/membership/load.h"
#include "services/queries/queries.h"

namespace services::node {
namespace {

namespace base = ::eventstore::base;
namespace log = ::eventstore::log;
namespace privacy = ::eventstore::privacy;

absl::Status OpenPrivateFeed(const log::FeedId& feed, log::EventLog& event_log,
                             privacy::KeyFile& keys) {
  if (!event_log.IsOwn(feed)) {
    RETURN_IF_ERROR(event_log.CreateFeed(feed));
  } else {
    // Nobody else holds it: the head file, which agreed on opening, is its only witness.
    RETURN_IF_ERROR(event_log.UnlockFeed(feed));
  }
  const auto own_key = privacy::KeyOf(feed.member);
  if (keys.Find(own_key)) return absl::OkStatus();
  return keys.Create({.id = own_key,
                      .key_class = poolcirkel::log::v1::KEY_CLASS_MEMBER,
                      .circle = feed.circle,
                      .made_by = feed.member,
                      .entitled = {},
                      .secret = {}});
}

}  // namespace

absl::StatusOr<std::unique_ptr<Core>> Core::Open(const Config& config) {
  const Paths paths(config.data_directory);
  ASSIGN_OR_RETURN(auto identity, LoadIdentity(config.data_directory));
  auto core = std::make_unique<Core>(std::move(identity));
  ASSIGN_OR_RETURN(core->keys, privacy::KeyFile::Open(paths.ClassKeys(), core->entropy));

  log::EventLog::Options options;
  options.directory = paths.Log();
  options.clock = &core->clock;
  options.log_key = &core->identity.log_key;
  options.append_queue_limit = static_cast<size_t>(config.limits.append_queue);
  ASSIGN_OR_RETURN(core->log, log::EventLog::Open(options));
  const log::FeedId& private_feed = core->identity.private_feed;
  RETURN_IF_ERROR(OpenPrivateFeed(private_feed, *core->log, *core->keys));
  ASSIGN_OR_RETURN(core->circles,
                   membership::Load(*core->log, core->identity.log_key.public_key(), private_feed));

  projections::engine::Engine::Options views;
  views.directory = paths.Views();
  views.log = core->log.get();
  views.clock = &core->clock;
  views.views = queries::AllViews();
  ASSIGN_OR_RETURN(core->engine, projections::engine::Engine::Open(std::move(views)));
  return core;
}

}  // namespace services::node
