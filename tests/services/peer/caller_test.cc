#include "services/peer/caller.h"

#include <gtest/gtest.h>

#include "eventstore/base/errors.h"
#include "tests/services/peer/peer_node.h"

namespace services::peer {
namespace {

namespace base = eventstore::base;
namespace crypto = eventstore::crypto;
namespace log = eventstore::log;

class CallerTest : public testing::Test {
 protected:
  CallerTest() {
    membership::Circle circle;
    circle.id = *log::CircleId::FromBytes(std::string(32, 'c'));
    for (const char name : {'a', 'b'}) {
      auto* member = circle.charter.add_members();
      member->set_member_id(std::string(16, name));
      member->set_oin(std::string(20, name));
      member->set_tls_key_hash(std::string(32, name));
      member->set_log_key(std::string(32, name));
    }
    circles_.Set(std::make_shared<const membership::Circle>(circle));
  }

  static crypto::Certificate Certificate(char key, char oin) {
    crypto::Certificate certificate;
    certificate.key_hash = *crypto::Digest::FromBytes(std::string(32, key));
    certificate.oin = std::string(20, oin);
    return certificate;
  }
  std::string ReasonFor(const std::string& circle, const crypto::Certificate& certificate) {
    return base::DetailsOf(FindCaller(circles_, circle, certificate).status()).reason;
  }

  GivenCircles circles_;
  const std::string circle_ = std::string(32, 'c');
};

TEST_F(CallerTest, IsTheMemberWithThatKeyAndThatOin) {
  const auto caller = FindCaller(circles_, circle_, Certificate('b', 'b'));
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->member.bytes(), std::string(16, 'b'));
  EXPECT_EQ(caller->circle->id.bytes(), circle_);
}

TEST_F(CallerTest, OneOfTheTwoIsNotEnough) {
  EXPECT_EQ(ReasonFor(circle_, Certificate('x', 'b')), "CIRCLE_UNKNOWN");
  EXPECT_EQ(ReasonFor(circle_, Certificate('b', 'x')), "CIRCLE_UNKNOWN");
  EXPECT_EQ(ReasonFor(circle_, Certificate('a', 'b')), "CIRCLE_UNKNOWN");
}

TEST_F(CallerTest, AForbiddenCircleLooksLikeNone) {
  const auto forbidden = FindCaller(circles_, circle_, Certificate('x', 'x')).status();
  const auto unknown = FindCaller(circles_, std::string(32, 'd'), Certificate('x', 'x')).status();
  EXPECT_EQ(forbidden, unknown);
  EXPECT_TRUE(
      absl::IsInvalidArgument(FindCaller(circles_, "short", Certificate('b', 'b')).status()));
}

TEST_F(CallerTest, AMembershipLeavesOutMembersWithoutAKey) {
  membership::Circle circle = *circles_.Find(*log::CircleId::FromBytes(circle_));
  circle.charter.mutable_members(0)->set_log_key("short");
  const auto membership = MembershipOf(circle);
  ASSERT_EQ(membership.members.size(), 1u);
  EXPECT_EQ(membership.members[0].id.bytes(), std::string(16, 'b'));
}

}  // namespace
}  // namespace services::peer
