#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "eventstore/privacy/key_file.h"

namespace services::audit::verify {

// One key that came with a bundle, to open what it seals. Holds nothing else and
// changes nothing. Thread-safe.
class OneKey final : public eventstore::privacy::KeyFile {
 public:
  explicit OneKey(eventstore::privacy::ClassKey key) : key_(std::move(key)) {}

  absl::Status Create(eventstore::privacy::ClassKey) override { return Refuse(); }
  absl::Status CreateAll(std::vector<eventstore::privacy::ClassKey>) override { return Refuse(); }
  absl::Status Keep(const std::vector<eventstore::privacy::ClassKey>&) override { return Refuse(); }
  absl::Status Destroy(const eventstore::privacy::KeyId&) override { return Refuse(); }

  std::optional<eventstore::privacy::ClassKey> Find(
      const eventstore::privacy::KeyId& id) const override {
    return id == key_.id ? std::optional(key_) : std::nullopt;
  }
  bool IsDestroyed(const eventstore::privacy::KeyId&) const override { return false; }
  std::vector<eventstore::privacy::ClassKey> KeysOf(
      const eventstore::log::CircleId& circle) const override {
    return circle == key_.circle ? std::vector{key_} : std::vector<decltype(key_)>();
  }
  std::vector<eventstore::privacy::ClassKey> KeysMadeBy(
      const eventstore::log::CircleId&, const eventstore::log::MemberId&) const override {
    return {};
  }
  uint64_t version() const override { return 1; }

 private:
  static absl::Status Refuse() { return absl::FailedPreconditionError("this key stands alone"); }

  eventstore::privacy::ClassKey key_;
};

}  // namespace services::audit::verify
