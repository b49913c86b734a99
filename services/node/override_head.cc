#include "services/node/override_head.h"

#include "eventstore/base/errors.h"
#include "services/domain/circle/circle.h"

namespace services::node {

namespace base = ::eventstore::base;
namespace log = ::eventstore::log;

absl::Status OverrideHead(const commands::Dependencies& parts, const membership::Circle& circle,
                          bool contested, const std::string& reason, const commands::Actor& actor) {
  constexpr size_t kShortest = 3;
  constexpr size_t kLongest = 500;
  if (reason.size() < kShortest || reason.size() > kLongest) {
    return base::InvalidField("reason", "zegt in 3 tot 500 tekens waarom");
  }
  const log::FeedId feed = circle.OwnFeed();
  if (!parts.log->IsLocked(feed)) {
    return base::Refusal(absl::StatusCode::kFailedPrecondition, "HEAD_CONFIRMED",
                         "het eigen logboek is al bevestigd; er is niets te forceren");
  }
  if (contested) {
    return base::Refusal(absl::StatusCode::kFailedPrecondition, "HEAD_CONTESTED",
                         "een ander lid heeft of hoorde van meer van het eigen logboek dan hier "
                         "staat: de schijf is teruggezet")
        .Remedy(
            "zet de nieuwste kopie van de datamap terug, of laat een ander lid `poolcirkel circle "
            "replace-key` geven als niemand de rest heeft; verder schrijven zou een tweede "
            "verhaal zijn, en alle leden zouden dit logboek bevriezen");
  }
  domain::NewEvent event;
  event.circle = circle.id;
  event.stream = domain::circle::StreamOf(circle.id);
  event.event.mutable_head_overridden()->set_head_size(parts.log->Size(feed));
  event.event.mutable_head_overridden()->set_reason(reason);
  RETURN_IF_ERROR(parts.log->UnlockFeed(feed));
  const commands::CommandRequest request{.request = parts.ids->New<log::RequestId>(),
                                         .bytes = event.event.SerializeAsString(),
                                         .actor = actor};
  return parts.runner
      ->Run(request,
            [&](commands::Runner::Reader&) {
              return domain::Decision{.new_keys = {}, .events = {event}};
            })
      .status();
}

}  // namespace services::node
