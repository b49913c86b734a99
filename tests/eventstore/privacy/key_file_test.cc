#include "eventstore/privacy/key_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "eventstore/base/file.h"
#include "eventstore/privacy/key_table.h"
#include "tests/eventstore/privacy/support.h"

namespace eventstore::privacy {
namespace {

using poolcirkel::log::v1::KEY_CLASS_EXCHANGE;
using poolcirkel::log::v1::KEY_CLASS_MEMBER;
using poolcirkel::log::v1::KEY_CLASS_PERSON;
using poolcirkel::log::v1::KEY_CLASS_UNSPECIFIED;

// Ends every operation at the step that is counted down to.
struct CrashAt {
  int steps_left = -1;  // -1: never
  int steps_done = 0;

  WrappedFile::BeforeStep Hook() {
    return [this](WrappedFile::Step) -> absl::Status {
      if (steps_left == 0) return absl::AbortedError("crashed here");
      if (steps_left > 0) --steps_left;
      ++steps_done;
      return absl::OkStatus();
    };
  }
};

class KeyFileTest : public testing::Test {
 protected:
  std::unique_ptr<KeyFile> Reopen(CrashAt* crash = nullptr) {
    auto file = KeyFile::Open(folder_.path(), entropy_, crash ? crash->Hook() : nullptr);
    EXPECT_TRUE(file.ok()) << file.status();
    return file.ok() ? *std::move(file) : nullptr;
  }
  ClassKey Person() { return NewKey(KEY_CLASS_PERSON, circle_, member_, entropy_); }
  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }
  std::vector<std::string> Names() const { return *base::ListFolder(folder_.path()); }

  crypto::SystemEntropy entropy_;
  Folder folder_;
  const log::CircleId circle_ = RandomId<log::CircleId>(entropy_);
  const log::MemberId member_ = RandomId<log::MemberId>(entropy_);
};

TEST_F(KeyFileTest, KeepsKeysOverAReopening) {
  ClassKey person = Person();
  ClassKey exchange = NewKey(KEY_CLASS_EXCHANGE, circle_, member_, entropy_);
  exchange.entitled = {RandomId<log::MemberId>(entropy_), RandomId<log::MemberId>(entropy_)};
  std::string secret;
  {
    auto file = Reopen();
    ASSERT_TRUE(file->Create(person).ok());
    ASSERT_TRUE(file->Create(exchange).ok());
    secret = file->Find(exchange.id)->secret;
    EXPECT_EQ(secret.size(), 32U);
    EXPECT_NE(secret, file->Find(person.id)->secret);
  }
  const auto file = Reopen();
  const auto found = file->Find(exchange.id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->secret, secret);
  EXPECT_EQ(found->entitled, exchange.entitled);
  EXPECT_EQ(found->circle, circle_);
  EXPECT_EQ(found->made_by, member_);
  EXPECT_EQ(found->key_class, KEY_CLASS_EXCHANGE);
  EXPECT_EQ(file->KeysOf(circle_).size(), 2U);
  EXPECT_EQ(file->KeysMadeBy(circle_, member_).size(), 2U);
  EXPECT_TRUE(file->KeysMadeBy(circle_, RandomId<log::MemberId>(entropy_)).empty());
  EXPECT_TRUE(file->KeysOf(RandomId<log::CircleId>(entropy_)).empty());
}

TEST_F(KeyFileTest, CreatesManyOrNone) {
  const auto file = Reopen();
  std::vector<ClassKey> keys;
  for (int i = 0; i < 500; ++i) keys.push_back(Person());
  const uint64_t version = file->version();
  ASSERT_TRUE(file->CreateAll(keys).ok());
  EXPECT_EQ(file->version(), version + 1);
  EXPECT_EQ(file->KeysOf(circle_).size(), 500U);
  EXPECT_EQ(file->CreateAll({Person(), keys[0]}).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(file->KeysOf(circle_).size(), 500U);
  EXPECT_TRUE(file->CreateAll({}).ok());
}

TEST_F(KeyFileTest, RefusesWhatIsNoKey) {
  const auto file = Reopen();
  ClassKey nameless = Person();
  nameless.id = KeyId();
  EXPECT_EQ(file->Create(nameless).code(), absl::StatusCode::kInvalidArgument);
  ClassKey classless = Person();
  classless.key_class = KEY_CLASS_UNSPECIFIED;
  EXPECT_EQ(file->Create(classless).code(), absl::StatusCode::kInvalidArgument);
  ClassKey crowded = Person();
  crowded.entitled.resize(KeyTable::kMaximumEntitled + 1);
  EXPECT_EQ(file->Create(crowded).code(), absl::StatusCode::kInvalidArgument);
  ClassKey fetched = Person();
  fetched.secret = "too short";
  EXPECT_EQ(file->Keep({fetched}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(file->KeysOf(circle_).empty());
}

TEST_F(KeyFileTest, KeepSkipsWhatIsThereOrDestroyed) {
  const auto file = Reopen();
  ClassKey own = Person();
  ClassKey gone = Person();
  ClassKey fetched = Person();
  ASSERT_TRUE(file->CreateAll({own, gone}).ok());
  ASSERT_TRUE(file->Destroy(gone.id).ok());
  const std::string secret = file->Find(own.id)->secret;
  own.secret = gone.secret = fetched.secret = std::string(32, 'x');
  ASSERT_TRUE(file->Keep({own, gone, fetched}).ok());
  EXPECT_EQ(file->Find(own.id)->secret, secret);
  EXPECT_FALSE(file->Find(gone.id));
  EXPECT_EQ(file->Find(fetched.id)->secret, std::string(32, 'x'));
  const uint64_t version = file->version();
  ASSERT_TRUE(file->Keep({own, gone, fetched}).ok());
  EXPECT_EQ(file->version(), version) << "nothing changed, nothing was written";
}

TEST_F(KeyFileTest, DestroyedStaysDestroyed) {
  const ClassKey gone = Person();
  const ClassKey stays = Person();
  const KeyId never_there = RandomId<KeyId>(entropy_);
  {
    const auto file = Reopen();
    ASSERT_TRUE(file->CreateAll({gone, stays}).ok());
    ASSERT_TRUE(file->Destroy(gone.id).ok());
    EXPECT_TRUE(file->Destroy(gone.id).ok());
    EXPECT_TRUE(file->Destroy(never_there).ok());
  }
  const auto file = Reopen();
  EXPECT_TRUE(file->IsDestroyed(gone.id));
  EXPECT_TRUE(file->IsDestroyed(never_there));
  EXPECT_FALSE(file->IsDestroyed(stays.id));
  EXPECT_FALSE(file->Find(gone.id));
  EXPECT_TRUE(file->Find(stays.id));
  EXPECT_EQ(file->Create(gone).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(KeyFileTest, AnOldCopyCannotBeOpenedAfterDestroying) {
  const ClassKey gone = Person();
  {
    const auto file = Reopen();
    ASSERT_TRUE(file->Create(gone).ok());
  }
  const std::string copy = *base::ReadFile(Path("class-keys"), 1 << 20);
  const std::string key = *base::ReadFile(Path("wrapping-key.1"), 100);
  // A hard link keeps the old key's bytes within reach, so that overwriting shows.
  std::filesystem::create_hard_link(Path("wrapping-key.1"), Path("still-here"));
  {
    const auto file = Reopen();
    ASSERT_TRUE(file->Destroy(gone.id).ok());
  }
  EXPECT_THAT(Names(), testing::ElementsAre("class-keys", "class-keys.lock", "still-here",
                                            "wrapping-key.2"));
  EXPECT_EQ(*base::ReadFile(Path("still-here"), 100), std::string(key.size(), '\0'));
  ASSERT_TRUE(base::WriteFileDurably(Path("class-keys"), copy).ok());
  EXPECT_EQ(KeyFile::Open(folder_.path(), entropy_).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(KeyFileTest, SecretsNeverStandInTheFile) {
  const ClassKey person = Person();
  const auto file = Reopen();
  ASSERT_TRUE(file->Create(person).ok());
  const std::string bytes = *base::ReadFile(Path("class-keys"), 1 << 20);
  EXPECT_EQ(bytes.find(file->Find(person.id)->secret), std::string::npos);
  EXPECT_EQ(bytes.find(person.id.bytes()), std::string::npos);
  EXPECT_TRUE(*base::IsOwnerOnly(Path("class-keys")));
  EXPECT_TRUE(*base::IsOwnerOnly(Path("wrapping-key.1")));
}

TEST_F(KeyFileTest, AnyFlippedBitOrCutIsDataLoss) {
  ASSERT_TRUE(Reopen()->Create(Person()).ok());
  for (const char* name : {"class-keys", "wrapping-key.1"}) {
    const std::string whole = *base::ReadFile(Path(name), 1 << 20);
    // In place and without fsync: it is done hundreds of times.
    const auto opened_with = [&](const std::string& contents) {
      std::ofstream(Path(name), std::ios::binary | std::ios::trunc) << contents;
      return KeyFile::Open(folder_.path(), entropy_).status().code();
    };
    for (size_t at = 0; at < whole.size(); ++at) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
      EXPECT_EQ(opened_with(damaged), absl::StatusCode::kDataLoss) << name << " byte " << at;
      EXPECT_EQ(opened_with(whole.substr(0, at)), absl::StatusCode::kDataLoss);
    }
    EXPECT_EQ(opened_with(whole + "x"), absl::StatusCode::kDataLoss);
    EXPECT_EQ(opened_with(whole), absl::StatusCode::kOk);
  }
  EXPECT_EQ(Reopen()->KeysOf(circle_).size(), 1U);
}

TEST_F(KeyFileTest, ALostHalfIsDataLossAndNothingIsOverwritten) {
  ASSERT_TRUE(Reopen()->Create(Person()).ok());
  std::filesystem::rename(Path("class-keys"), Path("away"));
  EXPECT_EQ(KeyFile::Open(folder_.path(), entropy_).status().code(), absl::StatusCode::kDataLoss);
  std::filesystem::rename(Path("away"), Path("class-keys"));
  std::filesystem::rename(Path("wrapping-key.1"), Path("away"));
  EXPECT_EQ(KeyFile::Open(folder_.path(), entropy_).status().code(), absl::StatusCode::kDataLoss);
  std::filesystem::rename(Path("away"), Path("wrapping-key.1"));
  EXPECT_EQ(Reopen()->KeysOf(circle_).size(), 1U);
}

TEST_F(KeyFileTest, RefusesAKeyThatOthersCanRead) {
  Reopen();
  ASSERT_EQ(::chmod(Path("wrapping-key.1").c_str(), 0644), 0);
  EXPECT_EQ(KeyFile::Open(folder_.path(), entropy_).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(KeyFileTest, IsOpenOnce) {
  const auto file = Reopen();
  EXPECT_EQ(KeyFile::Open(folder_.path(), entropy_).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

// A crash before every single write of creating and destroying, and again at
// every write of the recovery: what was acknowledged holds, what was not is whole.
TEST_F(KeyFileTest, SurvivesACrashBetweenAnyTwoWrites) {
  bool crashed = true;
  for (int at = 0; crashed; ++at) {
    for (int again = 0; again < 4; ++again) {
      std::filesystem::remove_all(folder_.path());
      const ClassKey first = Person();
      const ClassKey second = Person();
      bool created_first = false;
      bool created_second = false;
      bool destroyed_first = false;
      CrashAt crash{.steps_left = at};
      if (auto file = KeyFile::Open(folder_.path(), entropy_, crash.Hook()); file.ok()) {
        created_first = (*file)->Create(first).ok();
        created_second = created_first && (*file)->Create(second).ok();
        destroyed_first = created_second && (*file)->Destroy(first.id).ok();
      }
      crashed = !destroyed_first;
      CrashAt crash_again{.steps_left = again};
      KeyFile::Open(folder_.path(), entropy_, crash_again.Hook()).IgnoreError();
      const auto file = Reopen();
      ASSERT_TRUE(file) << "crash at " << at << ", again at " << again;
      EXPECT_TRUE(!created_first || file->Find(first.id) || file->IsDestroyed(first.id));
      EXPECT_FALSE(file->Find(first.id) && file->IsDestroyed(first.id));
      EXPECT_TRUE(!created_second || file->Find(second.id));
      EXPECT_FALSE(destroyed_first && file->Find(first.id));
      size_t wrapping_keys = 0;
      for (const auto& name : Names()) wrapping_keys += name.starts_with("wrapping-key") ? 1 : 0;
      EXPECT_EQ(wrapping_keys, 1U) << "an old key is left at " << at << ", " << again;
    }
  }
}

// The same without a new start: the caller tries again.
TEST_F(KeyFileTest, GoesOnAfterAWriteThatFailed) {
  for (int at = 0; at < 6; ++at) {
    CrashAt fault;
    std::filesystem::remove_all(folder_.path());
    const ClassKey gone = Person();
    const ClassKey later = Person();
    {
      const auto file = Reopen(&fault);
      ASSERT_TRUE(file->Create(gone).ok());
      fault.steps_left = at;
      EXPECT_FALSE(file->Destroy(gone.id).ok()) << at;
      fault.steps_left = -1;
      ASSERT_TRUE(file->Create(later).ok()) << at;
      ASSERT_TRUE(file->Destroy(gone.id).ok()) << at;
      EXPECT_TRUE(file->IsDestroyed(gone.id));
    }
    const auto file = Reopen();
    EXPECT_TRUE(file->IsDestroyed(gone.id));
    EXPECT_FALSE(file->Find(gone.id));
    EXPECT_TRUE(file->Find(later.id));
    EXPECT_EQ(Names().size(), 3U);
  }
}

// A write that failed may have happened: its key may be the one in use, so the next
// attempt must not write another under the same name.
TEST_F(KeyFileTest, ARetryLeavesTheKeyOfAnUnclearWriteAlone) {
  CrashAt fault;
  const ClassKey gone = Person();
  const ClassKey stays = Person();
  {
    const auto file = Reopen(&fault);
    ASSERT_TRUE(file->CreateAll({gone, stays}).ok());
    fault.steps_left = 2;  // written, not known to be
    EXPECT_FALSE(file->Destroy(gone.id).ok());
    fault.steps_left = 1;  // the next key is written, the contents are not
    EXPECT_FALSE(file->Destroy(gone.id).ok());
  }
  const auto file = Reopen();
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->Find(stays.id));
}

TEST_F(KeyFileTest, ThreadsMayUseItTogether) {
  const auto file = Reopen();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) {
        const ClassKey key = Person();
        EXPECT_TRUE(file->Create(key).ok());
        EXPECT_TRUE(file->Find(key.id));
        EXPECT_TRUE(i % 5 != 0 || file->Destroy(key.id).ok());
        file->KeysOf(circle_);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(file->KeysOf(circle_).size(), 32U);
}

TEST(KeyTableTest, DecodeTakesOnlyWhatEncodeWrites) {
  crypto::SystemEntropy entropy;
  const auto circle = RandomId<log::CircleId>(entropy);
  const auto member = RandomId<log::MemberId>(entropy);
  KeyTable table;
  for (int i = 0; i < 3; ++i) {
    ClassKey key = NewKey(KEY_CLASS_EXCHANGE, circle, member, entropy);
    key.entitled = {member};
    key.secret = entropy.Bytes(32);
    table.keys.emplace(key.id, key);
    table.destroyed.insert(RandomId<KeyId>(entropy));
  }
  const std::string bytes = Encode(table);
  const auto decoded = Decode(bytes);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(Encode(*decoded), bytes);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(Decode(bytes.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(Decode(bytes + '\0').ok());
  // Damage that decodes must still be a table that encodes to the same.
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x80);
    const auto other = Decode(damaged);
    EXPECT_TRUE(!other.ok() || Encode(*other) == damaged) << at;
  }
  const std::string huge("\1\xff\xff\xff\xff", 5);
  EXPECT_FALSE(Decode(huge).ok());
}

TEST(Entitlement, FollowsClassAndCircle) {
  crypto::SystemEntropy entropy;
  const auto circle = RandomId<log::CircleId>(entropy);
  const auto maker = RandomId<log::MemberId>(entropy);
  const auto party = RandomId<log::MemberId>(entropy);
  const auto coordinator = RandomId<log::MemberId>(entropy);
  const auto other = RandomId<log::MemberId>(entropy);
  const auto stranger = RandomId<log::MemberId>(entropy);
  const Entitlement who{{maker, party, coordinator, other}, {coordinator, stranger}};

  ClassKey person = NewKey(KEY_CLASS_PERSON, circle, maker, entropy);
  EXPECT_TRUE(IsEntitled(person, other, who));
  EXPECT_FALSE(IsEntitled(person, stranger, who));
  person.entitled = {party};
  EXPECT_TRUE(IsEntitled(person, party, who));
  EXPECT_FALSE(IsEntitled(person, other, who));
  EXPECT_FALSE(IsEntitled(person, coordinator, who));

  ClassKey exchange = NewKey(KEY_CLASS_EXCHANGE, circle, maker, entropy);
  EXPECT_FALSE(IsEntitled(exchange, other, who));
  EXPECT_TRUE(IsEntitled(exchange, coordinator, who));
  exchange.entitled = {party, stranger};
  EXPECT_TRUE(IsEntitled(exchange, party, who));
  EXPECT_FALSE(IsEntitled(exchange, other, who));
  EXPECT_FALSE(IsEntitled(exchange, stranger, who)) << "no longer a member";

  ClassKey own = NewKey(KEY_CLASS_MEMBER, circle, maker, entropy);
  own.entitled = {party};
  EXPECT_FALSE(IsEntitled(own, party, who));
  EXPECT_FALSE(IsEntitled(own, coordinator, who));
}

}  // namespace
}  // namespace eventstore::privacy
