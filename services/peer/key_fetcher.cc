#include "services/peer/key_fetcher.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "eventstore/base/errors.h"

namespace services::peer {

namespace log = eventstore::log;
namespace privacy = eventstore::privacy;
using poolcirkel::peer::v1::FetchKeysRequest;
using poolcirkel::peer::v1::FetchKeysResponse;
using std::chrono::steady_clock;

namespace {

constexpr size_t kSecretSize = 32;
constexpr size_t kEventsPerLook = 512;
constexpr int kMaximumPages = 200;
constexpr int kMaximumKeysInAnswer = 1000;
constexpr absl::Duration kLongestWait = absl::Minutes(1);

// A member makes keys for its own streams only. Anybody who knows the id of another
// member's exchange could otherwise plant a key for it, and read what is sealed with it.
bool IsOfOwnStream(const log::EventLog& event_log, const membership::Circle& circle,
                   const KeyMaker& maker, const privacy::KeyId& key) {
  const log::StreamId stream(key.array());
  bool own = false;
  for (const log::MemberId& member : circle.Members()) {
    const auto history = circle.FeedsOf(member);
    const bool has = std::any_of(history.begin(), history.end(), [&](const auto& part) {
      return event_log.StreamRevision(part.feed, stream).value() > 0;
    });
    if (!has) continue;
    if (member != maker.member) return false;
    own = true;
  }
  return own;
}

bool WasAskedFor(const FetchKeysRequest& request, const std::string& id) {
  return request.key_ids().empty() || std::find(request.key_ids().begin(), request.key_ids().end(),
                                                id) != request.key_ids().end();
}

// What a maker handed out, as far as it was asked for, is a key of a class that may be
// handed out, and is of a stream of the maker. What is dropped because the stream has
// not arrived yet is asked for again when it has.
std::vector<privacy::ClassKey> Read(const log::EventLog& event_log,
                                    const membership::Circle& circle, const KeyMaker& maker,
                                    const FetchKeysRequest& request,
                                    const FetchKeysResponse& response) {
  std::vector<privacy::ClassKey> keys;
  if (response.keys_size() > kMaximumKeysInAnswer) return keys;
  for (const auto& entry : response.keys()) {
    const auto id = privacy::KeyId::FromBytes(entry.key_id());
    if (!id.ok() || entry.key().size() != kSecretSize) continue;
    if (entry.key_class() != poolcirkel::log::v1::KEY_CLASS_PERSON &&
        entry.key_class() != poolcirkel::log::v1::KEY_CLASS_EXCHANGE) {
      continue;
    }
    if (!WasAskedFor(request, entry.key_id()) || !IsOfOwnStream(event_log, circle, maker, *id)) {
      continue;
    }
    keys.push_back({*id, entry.key_class(), maker.circle, maker.member, {}, entry.key()});
  }
  return keys;
}

}  // namespace

KeyFetcher::KeyFetcher(Options options)
    : options_(std::move(options)), wants_(options_.wants, *options_.entropy) {}

void KeyFetcher::Start() {
  subscription_ = options_.log->Subscribe(log::Cursor(), log::Filter());
  thread_ = std::thread([this] { Run(); });
}

void KeyFetcher::Stop() {
  if (subscription_ != nullptr) subscription_->Cancel();
  if (thread_.joinable()) thread_.join();
}

absl::StatusOr<size_t> KeyFetcher::FetchNow(const Options& options, const KeyMaker& maker,
                                            const FetchKeysRequest& request,
                                            FetchKeysResponse* response) {
  ASSIGN_OR_RETURN(*response, options.fetch(maker, request));
  const membership::CirclePtr circle = options.circles->Find(maker.circle);
  if (circle == nullptr) return 0;
  const auto given = Read(*options.log, *circle, maker, request, *response);
  if (!given.empty()) RETURN_IF_ERROR(options.keys->Keep(given));
  return given.size();
}

void KeyFetcher::Run() {
  while (true) {
    const Time now = steady_clock::now();
    const bool busy = AskForDue(now) || ListDue(now);
    Time next = wants_.NextDue();
    for (const auto& [maker, due] : list_at_) next = std::min(next, due);
    absl::Duration wait = kLongestWait;
    if (next != Time::max()) wait = std::min(wait, absl::FromChrono(next - steady_clock::now()));
    if (busy || wait < absl::ZeroDuration()) wait = absl::ZeroDuration();
    const auto looked = subscription_->Visit(
        wait, kEventsPerLook,
        [this](const log::EventView& event) { Look(event, steady_clock::now()); });
    // Cancelled, or a log that does not serve: then there is nothing to follow.
    if (!looked.ok()) return;
  }
}

void KeyFetcher::Look(const log::EventView& event, Time now) {
  const membership::CirclePtr circle = options_.circles->Find(event.feed.circle);
  if (circle == nullptr || event.feed.member == circle->self) return;
  const KeyMaker maker{event.feed.circle, event.feed.member};
  const bool first_seen = !listed_at_.contains(maker) && !list_at_.contains(maker);
  if (first_seen) list_at_[maker] = now;
  const NamedKeys named = KeysNamedIn(event.parts.payload);
  for (const privacy::KeyId& key : named.keys) {
    if (options_.keys->Find(key).has_value() || options_.keys->IsDestroyed(key)) continue;
    // The exchange's key may be the other party's: whoever made it hands it out.
    wants_.Want(maker, key, now);
  }
  if (named.hidden && !list_at_.contains(maker)) {
    list_at_[maker] = listed_at_[maker] + absl::ToChronoNanoseconds(options_.list_interval);
  }
}

bool KeyFetcher::AskForDue(Time now) {
  const KeyWants::Request due = wants_.Due(now);
  FetchKeysRequest request;
  for (const privacy::KeyId& key : due.keys) {
    if (options_.keys->Find(key).has_value() || options_.keys->IsDestroyed(key)) {
      wants_.OnKept(due.maker, key);
    } else {
      request.add_key_ids(key.bytes());
    }
  }
  if (request.key_ids().empty()) return !due.keys.empty();
  request.set_circle_id(due.maker.circle.bytes());
  FetchKeysResponse response;
  const auto given = FetchNow(options_, due.maker, request, &response);
  if (!given.ok()) {
    wants_.OnUnreachable(due.maker, steady_clock::now());
    return true;
  }
  for (const std::string& id : request.key_ids()) {
    const auto key = privacy::KeyId::FromBytes(id);
    if (options_.keys->Find(*key).has_value()) {
      wants_.OnKept(due.maker, *key);
    } else {
      wants_.OnLeftOut(due.maker, *key, steady_clock::now());
    }
  }
  return true;
}

bool KeyFetcher::ListDue(Time now) {
  const auto due = std::find_if(list_at_.begin(), list_at_.end(),
                                [now](const auto& entry) { return entry.second <= now; });
  if (due == list_at_.end()) return false;
  const KeyMaker maker = due->first;
  if (List(maker).ok()) {
    listed_at_[maker] = steady_clock::now();
    list_at_.erase(maker);
  } else {
    list_at_[maker] = steady_clock::now() + absl::ToChronoNanoseconds(options_.wants.unreachable);
  }
  return true;
}

absl::Status KeyFetcher::List(const KeyMaker& maker) {
  FetchKeysRequest request;
  request.set_circle_id(maker.circle.bytes());
  for (int page = 0; page < kMaximumPages; ++page) {
    FetchKeysResponse response;
    RETURN_IF_ERROR(FetchNow(options_, maker, request, &response).status());
    if (!response.more() || response.keys().empty()) break;
    const std::string& last = response.keys().rbegin()->key_id();
    // A maker that does not move on would keep this node busy for ever.
    if (last <= request.after_key_id()) break;
    request.set_after_key_id(last);
  }
  return absl::OkStatus();
}

}  // namespace services::peer
