#include "services/node/core.h"

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "services/membership/load.h"
#include "services/queries/queries.h"

namespace services::node {
namespace {

namespace base = ::eventstore::base;
namespace log = ::eventstore::log;
namespace privacy = ::eventstore::privacy;

// Its lock stands for the whole data directory: it is the first that a node takes.
absl::StatusOr<std::unique_ptr<privacy::KeyFile>> OpenKeys(const Paths& paths,
                                                           base::Entropy& entropy) {
  auto keys = privacy::KeyFile::Open(paths.ClassKeys(), entropy);
  if (base::DetailsOf(keys.status()).reason != "FILE_IN_USE") return keys;
  return base::Refusal(absl::StatusCode::kFailedPrecondition, "DATA_DIRECTORY_IN_USE",
                       absl::StrCat("de datamap ", paths.root,
                                    " is in gebruik bij een ander proces: waarschijnlijk draait "
                                    "het knooppunt van dit lid al"))
      .Remedy(absl::StrCat("stop dat eerst, of noem een andere data_directory; welk proces het is "
                           "zegt: fuser ",
                           paths.ClassKeys(), "/class-keys.lock"))
      .Status();
}

absl::Status OpenPrivateFeed(const log::FeedId& feed, log::EventLog& event_log,
                             privacy::KeyFile& keys) {
  if (absl::IsDataLoss(event_log.OwnHealth())) {
    // Nothing can be written; the rest is served all the same.
  } else if (!event_log.IsOwn(feed)) {
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

// What the own feeds say, and beside it what is kept. Own feeds that cannot be read leave
// the kept circles, so that a damaged node serves what it has of others.
absl::Status OpenCircles(const Paths& paths, Core& core) {
  ASSIGN_OR_RETURN(core.kept, membership::KeptCircles::Open(paths.KeptCircles()));
  ASSIGN_OR_RETURN(core.evidence, eventstore::replication::EvidenceFile::Open(paths.Forks()));
  ASSIGN_OR_RETURN(core.doubt, commands::PrivateFeedDoubt::Open(paths.PrivateFeedDoubt()));
  const log::FeedId& private_feed = core.identity.private_feed;
  auto adopted = membership::Load(*core.log, *core.log_keys, private_feed);
  if (absl::IsDataLoss(adopted.status())) {
    core.log->ReportDamage(log::EventLog::Part::kOwn, adopted.status());
    adopted = std::unique_ptr<membership::Circles>();
  }
  RETURN_IF_ERROR(adopted.status());
  core.circles = std::make_unique<membership::KnownCircles>(*std::move(adopted), private_feed,
                                                            *core.log, *core.kept);
  return core.circles->Refresh();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Core>> Core::Open(const Config& config) {
  const Paths paths(config.data_directory);
  ASSIGN_OR_RETURN(auto identity, LoadIdentity(config.data_directory));
  RETURN_IF_ERROR(CheckMember(identity, config));
  auto core = std::make_unique<Core>(std::move(identity));
  ASSIGN_OR_RETURN(core->log_keys,
                   membership::LogKeys::Open(paths.Keys(), &core->identity.log_key));
  ASSIGN_OR_RETURN(core->keys, OpenKeys(paths, core->entropy));

  log::EventLog::Options options;
  options.directory = paths.Log();
  options.clock = &core->clock;
  options.log_key = &core->identity.log_key;
  options.key_of = [keys = core->log_keys.get()](const log::FeedId& feed) {
    return keys->KeyOf(feed);
  };
  options.append_queue_limit = static_cast<size_t>(config.limits.append_queue);
  ASSIGN_OR_RETURN(core->log, log::EventLog::Open(options));
  const log::FeedId& private_feed = core->identity.private_feed;
  RETURN_IF_ERROR(OpenPrivateFeed(private_feed, *core->log, *core->keys));
  RETURN_IF_ERROR(OpenCircles(paths, *core));

  projections::engine::Engine::Options views;
  views.directory = paths.Views();
  views.log = core->log.get();
  views.clock = &core->clock;
  views.views = queries::AllViews();
  ASSIGN_OR_RETURN(core->engine, projections::engine::Engine::Open(std::move(views)));
  return core;
}

}  // namespace services::node
