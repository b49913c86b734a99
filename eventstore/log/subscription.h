#pragma once

#include <memory>
#include <vector>

#include "eventstore/log/event_log.h"
#include "eventstore/log/feed_store.h"
#include "eventstore/log/hub.h"

namespace eventstore::log {

// Pulls from `stores` by cursor and waits on `hub` at the end, so there is no
// border between catching up and live. The stores are used only while the hub is
// open; the subscription may outlive the log.
std::unique_ptr<Subscription> MakeSubscription(std::shared_ptr<Hub> hub,
                                               std::vector<const FeedStore*> stores,
                                               const Cursor& from, const Filter& filter);

}  // namespace eventstore::log
