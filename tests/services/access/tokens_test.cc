#include "services/access/tokens.h"

#include <set>

#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"
#include "tests/services/access/support.h"

namespace services::access {
namespace {

namespace base = eventstore::base;

class TokensTest : public AccessTest {
 protected:
  std::unique_ptr<TokenStore> Open() {
    auto store = TokenStore::Open(Path("tokens.json"), entropy_);
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }
  TokenRequest Coordinator() const {
    return {.user = "j.jansen",
            .role = Role::kPoolCoordinator,
            .member = "rotterdam",
            .circle = circle_,
            .valid_for = absl::Hours(1)};
  }
  std::string File() const { return *base::ReadFile(Path("tokens.json"), 1 << 20); }
  static std::string ReasonOf(const absl::Status& status) { return base::DetailsOf(status).reason; }

  const absl::Time now_ = absl::FromUnixMillis(1'795'000'000'123);
};

TEST_F(TokensTest, ATokenTellsWhoItIs) {
  const auto store = Open();
  const auto issued = store->Issue(Coordinator(), now_);
  ASSERT_TRUE(issued.ok()) << issued.status();
  EXPECT_EQ(issued->text.size(), 67U);
  EXPECT_TRUE(issued->text.starts_with("pc_"));
  const auto principal = store->Authenticate(issued->text, now_);
  ASSERT_TRUE(principal.ok()) << principal.status();
  EXPECT_EQ(principal->user, "j.jansen");
  EXPECT_EQ(principal->role, Role::kPoolCoordinator);
  EXPECT_EQ(principal->member, "rotterdam");
  EXPECT_EQ(principal->circle, circle_);
  EXPECT_EQ(principal->token_id, issued->info.id);
}

TEST_F(TokensTest, OnlyTheHashIsKept) {
  const auto issued = Open()->Issue(Coordinator(), now_);
  ASSERT_TRUE(issued.ok());
  EXPECT_EQ(File().find(issued->text), std::string::npos);
  EXPECT_EQ(File().find(issued->text.substr(3)), std::string::npos);
  EXPECT_NE(File().find(base::ToText(eventstore::crypto::Sha256(issued->text))), std::string::npos);
  EXPECT_TRUE(*base::IsOwnerOnly(Path("tokens.json")));
}

TEST_F(TokensTest, SurvivesAReopening) {
  const auto issued = Open()->Issue(Coordinator(), now_);
  const auto for_ever = Open()->Issue({.user = "beheer", .role = Role::kAdmin}, now_);
  ASSERT_TRUE(for_ever.ok()) << for_ever.status();
  const auto store = Open();
  EXPECT_TRUE(store->Authenticate(issued->text, now_).ok());
  const auto admin = store->Authenticate(for_ever->text, now_ + absl::Hours(24) * 36500);
  ASSERT_TRUE(admin.ok());
  EXPECT_FALSE(admin->circle);
  const auto list = *store->List();
  ASSERT_EQ(list.size(), 2U);
  for (const TokenInfo& info : list) {
    EXPECT_EQ(info.created_at, now_);
    EXPECT_EQ(info.expires_at,
              info.user == "beheer" ? absl::InfiniteFuture() : now_ + absl::Hours(1));
  }
}

TEST_F(TokensTest, ExpiresAtItsTime) {
  const auto store = Open();
  const auto issued = store->Issue(Coordinator(), now_);
  EXPECT_TRUE(store->Authenticate(issued->text, now_ + absl::Minutes(59)).ok());
  const auto late = store->Authenticate(issued->text, now_ + absl::Hours(1)).status();
  EXPECT_EQ(late.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ReasonOf(late), "TOKEN_EXPIRED");
}

TEST_F(TokensTest, AnyOtherTextIsUnknown) {
  const auto store = Open();
  const std::string text = store->Issue(Coordinator(), now_)->text;
  std::set<std::string> others = {"", "pc_", text + "0", text.substr(1), " " + text};
  for (size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = changed[at] == '0' ? '1' : '0';
    others.insert(changed);
    others.insert(text.substr(0, at));
  }
  for (const std::string& other : others) {
    const auto refused = store->Authenticate(other, now_).status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kUnauthenticated);
    EXPECT_EQ(ReasonOf(refused), "TOKEN_UNKNOWN");
  }
}

TEST_F(TokensTest, ARevokedTokenEnds) {
  const auto store = Open();
  const auto issued = store->Issue(Coordinator(), now_);
  const auto other = store->Issue(Coordinator(), now_);
  ASSERT_TRUE(store->Revoke(issued->info.id).ok());
  EXPECT_TRUE(store->Revoke(issued->info.id).ok());
  EXPECT_EQ(ReasonOf(store->Authenticate(issued->text, now_).status()), "TOKEN_REVOKED");
  EXPECT_TRUE(store->Authenticate(other->text, now_).ok());
  EXPECT_EQ(ReasonOf(store->Revoke("0000000000000000")), "TOKEN_ID_UNKNOWN");
  EXPECT_EQ(ReasonOf(Open()->Authenticate(issued->text, now_).status()), "TOKEN_REVOKED");
}

// A command line tool changes the file while the node runs.
// A professional's user name is its pseudonym: it does not stay in the file.
TEST_F(TokensTest, AForgottenProfessionalIsNowhere) {
  const auto store = Open();
  TokenRequest reiger{.user = "reiger", .role = Role::kProfessional, .circle = circle_};
  const auto first = store->Issue(reiger, now_);
  const auto second = store->Issue(reiger, now_);
  ASSERT_TRUE(first.ok() && second.ok());
  // Somebody else who happens to have that user name.
  reiger.role = Role::kPoolCoordinator;
  const auto coordinator = store->Issue(reiger, now_);
  ASSERT_TRUE(store->ForgetProfessional("reiger").ok());
  EXPECT_EQ(ReasonOf(store->Authenticate(first->text, now_).status()), "TOKEN_UNKNOWN");
  EXPECT_EQ(ReasonOf(store->Authenticate(second->text, now_).status()), "TOKEN_UNKNOWN");
  EXPECT_TRUE(store->Authenticate(coordinator->text, now_).ok());
  EXPECT_EQ(store->List()->size(), 1U);
  ASSERT_TRUE(store->Revoke(coordinator->info.id).ok());
  const std::string before = File();
  EXPECT_TRUE(store->ForgetProfessional("reiger").ok()) << "nothing to do";
  EXPECT_EQ(File(), before);
}

TEST_F(TokensTest, ChangesOfAnotherProcessHoldAtOnce) {
  const auto node = Open();
  const auto tool = Open();
  const auto issued = tool->Issue(Coordinator(), now_);
  EXPECT_TRUE(node->Authenticate(issued->text, now_).ok());
  const auto by_node = node->Issue(Coordinator(), now_);
  ASSERT_TRUE(tool->Revoke(issued->info.id).ok());
  EXPECT_EQ(ReasonOf(node->Authenticate(issued->text, now_).status()), "TOKEN_REVOKED");
  EXPECT_TRUE(tool->Authenticate(by_node->text, now_).ok()) << "nothing was overwritten";
}

TEST_F(TokensTest, RefusesWhatIsNoUser) {
  const auto store = Open();
  const auto field_of = [&](const TokenRequest& request) {
    const auto refused = store->Issue(request, now_).status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
    const auto details = base::DetailsOf(refused);
    return details.field_violations.empty() ? "" : details.field_violations[0].first;
  };
  TokenRequest request = Coordinator();
  request.user = "";
  EXPECT_EQ(field_of(request), "user");
  request.user = "a\nb";
  EXPECT_EQ(field_of(request), "user");
  request.user = std::string(101, 'x');
  EXPECT_EQ(field_of(request), "user");
  request = Coordinator();
  request.member = "\xff";
  EXPECT_EQ(field_of(request), "member");
  request = Coordinator();
  request.circle.reset();
  EXPECT_EQ(field_of(request), "circle");
  request = Coordinator();
  request.valid_for = -absl::Hours(1);
  EXPECT_EQ(field_of(request), "valid_for");
  EXPECT_TRUE(store->List()->empty());
  EXPECT_TRUE(store->Issue({.user = "toezicht", .role = Role::kAuditor}, now_).ok());
}

TEST_F(TokensTest, ADamagedFileLetsNobodyIn) {
  const auto store = Open();
  const auto issued = store->Issue(Coordinator(), now_);
  const std::string whole = File();
  for (const std::string& damaged :
       {std::string("{}"), std::string("not json"), whole.substr(0, whole.size() / 2),
        std::string("{\"format\":2,\"tokens\":[]}"), std::string("{\"format\":1,\"tokens\":[1]}"),
        std::string("{\"format\":1,\"tokens\":[{\"id\":\"x\"}]}")}) {
    ASSERT_TRUE(base::WriteFileDurably(Path("tokens.json"), damaged).ok());
    EXPECT_EQ(TokenStore::Open(Path("tokens.json"), entropy_).status().code(),
              absl::StatusCode::kDataLoss)
        << damaged;
    EXPECT_FALSE(store->Authenticate(issued->text, now_).ok());
    EXPECT_FALSE(store->Issue(Coordinator(), now_).ok()) << "it would overwrite the rest";
  }
  ASSERT_TRUE(base::WriteFileDurably(Path("tokens.json"), whole).ok());
  EXPECT_TRUE(store->Authenticate(issued->text, now_).ok());
}

// A pool coordinator's token may not become one for the whole node by losing a word.
TEST_F(TokensTest, ATokenWithoutItsCircleIsDamage) {
  const auto store = Open();
  ASSERT_TRUE(store->Issue(Coordinator(), now_).ok());
  std::string text = File();
  const std::string circle = base::ToText(circle_);
  text.erase(text.find(circle), circle.size());
  ASSERT_TRUE(base::WriteFileDurably(Path("tokens.json"), text).ok());
  EXPECT_EQ(TokenStore::Open(Path("tokens.json"), entropy_).status().code(),
            absl::StatusCode::kDataLoss);
}

// Nobody was given such a name; it would stand in every line of the logs.
TEST_F(TokensTest, ATokenOfNobodyIsDamage) {
  const auto store = Open();
  const std::string user = Coordinator().user;
  ASSERT_TRUE(store->Issue(Coordinator(), now_).ok());
  const std::string text = File();
  for (const std::string& other : {std::string(), std::string(101, 'x')}) {
    std::string changed = text;
    changed.replace(changed.find("\"" + user + "\""), user.size() + 2, "\"" + other + "\"");
    ASSERT_TRUE(base::WriteFileDurably(Path("tokens.json"), changed).ok());
    EXPECT_EQ(TokenStore::Open(Path("tokens.json"), entropy_).status().code(),
              absl::StatusCode::kDataLoss)
        << other;
  }
}

}  // namespace
}  // namespace services::access
