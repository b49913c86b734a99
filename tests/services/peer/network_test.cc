#include "services/peer/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "eventstore/base/errors.h"
#include "eventstore/log/feed.h"
#include "eventstore/privacy/sealing.h"
#include "poolcirkel/event/v1/event.pb.h"
#include "services/rpc/credentials.h"
#include "tests/services/peer/peer_node.h"
#include "tests/testing/eventually.h"

namespace services::peer {
namespace {

namespace base = eventstore::base;
namespace log = eventstore::log;
namespace privacy = eventstore::privacy;
using eventstore::replication::FeedState;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using tests::testing::Eventually;

class NetworkTest : public testing::Test {
 protected:
  NetworkTest() { circle_ = MakeCircle("randstad", {&a_, &b_, &c_}, {&a_, &b_, &c_}); }

  log::FeedId FeedOf(const PeerNode& node) const { return {circle_, node.id(), log::Epoch(0)}; }
  uint64_t SizeAt(const PeerNode& node, const PeerNode& writer) const {
    return node.log->Size(FeedOf(writer));
  }
  // Whether `node` knows that `witnesses` others cosigned the whole feed of `writer`.
  bool IsCosigned(const PeerNode& node, const PeerNode& writer, size_t witnesses) const {
    size_t count = 0;
    for (const log::Cosigned& cosigned : node.log->Cosignatures(FeedOf(writer))) {
      if (cosigned.size == writer.log->Size(FeedOf(writer))) ++count;
    }
    return count == witnesses;
  }
  CircleStatus StatusOf(const PeerNode& node) const {
    for (CircleStatus& status : node.network->Status()) {
      if (status.circle == circle_) return std::move(status);
    }
    return {};
  }
  FeedState StateAt(const PeerNode& node, const PeerNode& writer) const {
    for (const auto& feed : StatusOf(node).feeds) {
      if (feed.feed == FeedOf(writer)) return feed.state;
    }
    return FeedState::kUnknown;
  }

  PeerNode a_{1}, b_{2}, c_{3};
  log::CircleId circle_;
};

TEST_F(NetworkTest, EveryNodeEndsWithEveryFeedByteEqualAndCosigned) {
  const std::vector<PeerNode*> nodes = {&a_, &b_, &c_};
  for (int round = 1; round <= 5; ++round) {
    for (PeerNode* node : nodes) ASSERT_TRUE(node->Append(circle_, round).ok());
  }
  for (const PeerNode* writer : nodes) {
    for (const PeerNode* node : nodes) {
      ASSERT_TRUE(Eventually([&] { return IsCosigned(*node, *writer, 2); }))
          << int{writer->number} << " at " << int{node->number};
      EXPECT_EQ(BytesOf(*node, FeedOf(*writer)), BytesOf(*writer, FeedOf(*writer)));
      if (node == writer) continue;
      EXPECT_TRUE(Eventually([&] { return StateAt(*node, *writer) == FeedState::kLive; }));
      EXPECT_LT(node->network->HeadAge(FeedOf(*writer)), absl::Minutes(1));
    }
    EXPECT_EQ(writer->network->HeadAge(FeedOf(*writer)), absl::ZeroDuration());
    EXPECT_THAT(StatusOf(*writer).log_error, IsEmpty());
    EXPECT_TRUE(StatusOf(*writer).own_head.confirmed);
  }
}

TEST_F(NetworkTest, AMemberThatWasDownForAThousandEventsCatchesUp) {
  c_.Stop();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(a_.Append(circle_, 200).ok());
  c_.Start();
  ASSERT_TRUE(Eventually([&] { return SizeAt(c_, a_) == 1000; }));
  EXPECT_EQ(BytesOf(c_, FeedOf(a_)), BytesOf(a_, FeedOf(a_)));
  ASSERT_TRUE(a_.Append(circle_, 1).ok());
  EXPECT_TRUE(Eventually([&] { return IsCosigned(a_, a_, 2); }));
}

TEST_F(NetworkTest, AnotherMemberServesAFeedWhileItsOriginIsDown) {
  c_.Stop();
  ASSERT_TRUE(a_.Append(circle_, 10).ok());
  ASSERT_TRUE(Eventually([&] { return IsCosigned(b_, a_, 1); }));
  const auto original = BytesOf(a_, FeedOf(a_));
  a_.Stop();
  c_.Start();
  ASSERT_TRUE(Eventually([&] { return SizeAt(c_, a_) == 10; }));
  EXPECT_EQ(BytesOf(c_, FeedOf(a_)), original);
  EXPECT_EQ(StateAt(c_, a_), FeedState::kStale);
  EXPECT_EQ(c_.network->HeadAge(FeedOf(a_)), absl::InfiniteDuration());
  // It comes back, is confirmed by both, and learns their cosignatures.
  a_.Start();
  EXPECT_TRUE(Eventually([&] { return !a_.log->IsLocked(FeedOf(a_)); }));
  EXPECT_TRUE(Eventually([&] { return IsCosigned(a_, a_, 2); }));
  EXPECT_TRUE(Eventually([&] { return StateAt(c_, a_) == FeedState::kLive; }));
  EXPECT_TRUE(a_.Append(circle_, 1).ok());
}

TEST_F(NetworkTest, ARestartedNodeWritesOnlyAfterItsPeersConfirmed) {
  ASSERT_TRUE(a_.Append(circle_, 1).ok());
  ASSERT_TRUE(Eventually([&] { return IsCosigned(a_, a_, 2); }));
  a_.Stop();
  b_.Stop();
  a_.Start();
  ASSERT_TRUE(Eventually([&] { return StatusOf(a_).own_head.told == 1; }));
  EXPECT_TRUE(a_.log->IsLocked(FeedOf(a_)));
  EXPECT_THAT(StatusOf(a_).own_head.detail, HasSubstr("wacht"));
  b_.Start();
  EXPECT_TRUE(Eventually([&] { return !a_.log->IsLocked(FeedOf(a_)); }));
}

TEST_F(NetworkTest, AWriterThatLostItsEndStaysLockedWhenOneHeardOfIt) {
  ASSERT_TRUE(a_.Append(circle_, 3).ok());
  ASSERT_TRUE(Eventually([&] { return IsCosigned(a_, a_, 2); }));
  EXPECT_THAT(b_.network->HeardBeyond(FeedOf(a_)), IsEmpty());
  const auto five = eventstore::crypto::Sha256("a root of five events");
  const auto later = log::SignCheckpoint(FeedOf(a_), 5, five, a_.log_key);
  b_.Stop();
  b_.heard_beyond = [&](const log::FeedId& feed) { return feed == FeedOf(a_) ? later.note : ""; };
  b_.Start();
  a_.Stop();
  a_.Start();
  ASSERT_TRUE(Eventually([&] { return StatusOf(a_).own_head.contested; }));
  EXPECT_EQ(StatusOf(a_).own_head.known_size, 5u);
  EXPECT_THAT(StatusOf(a_).own_head.detail, HasSubstr("hoorde"));
  EXPECT_TRUE(a_.log->IsLocked(FeedOf(a_)));
  // Of another's feed nobody is told so.
  EXPECT_TRUE(StatusOf(c_).own_head.confirmed);
}

TEST_F(NetworkTest, ACircleThatAppearsAndAMemberThatJoinsAreTakenUp) {
  const log::CircleId second = MakeCircle("rijk", {&a_, &b_}, {&a_, &b_});
  ASSERT_TRUE(a_.Append(second, 3).ok());
  const log::FeedId feed{second, a_.id(), log::Epoch(0)};
  ASSERT_TRUE(Eventually([&] { return b_.log->Size(feed) == 3; }));
  EXPECT_EQ(c_.log->Size(feed), 0u);
  // The contact adopted the next version first; the joiner asks it for the chain.
  MakeCircle("rijk", {&a_, &b_, &c_}, {&a_});
  const Contact contact{
      {"127.0.0.1:1", a_.InCharter().addresses(0)},
      eventstore::crypto::ParseCertificate(a_.identity.certificate_pem)->key_hash};
  const auto chain = c_.network->FetchCharters(contact, second);
  ASSERT_TRUE(chain.ok()) << chain.status();
  EXPECT_THAT(*chain, SizeIs(1));
  MakeCircle("rijk", {&a_, &b_, &c_}, {&b_, &c_});
  EXPECT_TRUE(Eventually([&] { return c_.log->Size(feed) == 3; }));
}

TEST_F(NetworkTest, AContactWithAnotherKeyIsNotBelieved) {
  const Contact contact{
      {a_.InCharter().addresses(0)},
      eventstore::crypto::ParseCertificate(b_.identity.certificate_pem)->key_hash};
  const auto chain = c_.network->FetchCharters(contact, circle_);
  EXPECT_EQ(base::DetailsOf(chain.status()).reason, "PEER_UNREACHABLE") << chain.status();
}

TEST_F(NetworkTest, AsksWhoSomebodyIs) {
  poolcirkel::peer::v1::DiscloseRequest request;
  request.set_professional_id(std::string(16, 'p'));
  request.set_purpose("kennismaking");
  const auto answer = b_.network->Disclose(circle_, a_.id(), request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->identity().name(), "1 " + base::ToText(b_.id()));
  request.set_purpose("secret");
  EXPECT_EQ(base::DetailsOf(b_.network->Disclose(circle_, a_.id(), request).status()).reason,
            "IDENTITY_CLOSED");
  a_.Stop();
  const auto silence = b_.network->Disclose(circle_, a_.id(), request);
  EXPECT_EQ(base::DetailsOf(silence.status()).reason, "PEER_UNREACHABLE") << silence.status();
  EXPECT_TRUE(base::DetailsOf(silence.status()).retry_delay.has_value());
  EXPECT_TRUE(Eventually([&] {
    for (const PeerStatus& peer : StatusOf(b_).peers) {
      if (peer.member == a_.id()) return !peer.connected && !peer.last_error.empty();
    }
    return false;
  }));
}

// An event whose fields are sealed, as a command makes it.
template <typename Body>
std::string Sealed(PeerNode& node, Body* body, const poolcirkel::event::v1::Event& event,
                   const privacy::SealingKeys& names) {
  EXPECT_TRUE(privacy::Seal(*body, node.ids.New<log::StreamId>(), node.ids.New<log::EventId>(),
                            names, *node.keys, node.entropy)
                  .ok());
  return event.SerializeAsString();
}

TEST_F(NetworkTest, KeysReachThoseWhoAreEntitledAndNobodyElse) {
  // b is the host; c is a member like others; a coordinates, so the lender is c.
  const auto person = c_.ids.New<privacy::KeyId>();
  const auto exchange = c_.ids.New<privacy::KeyId>();
  const auto unentitled = b_.ids.New<privacy::KeyId>();
  ASSERT_TRUE(
      c_.keys->Create({person, poolcirkel::log::v1::KEY_CLASS_PERSON, circle_, c_.id(), {}, ""})
          .ok());
  ASSERT_TRUE(
      c_.keys
          ->Create(
              {exchange, poolcirkel::log::v1::KEY_CLASS_EXCHANGE, circle_, c_.id(), {b_.id()}, ""})
          .ok());
  ASSERT_TRUE(
      b_.keys
          ->Create({unentitled, poolcirkel::log::v1::KEY_CLASS_EXCHANGE, circle_, b_.id(), {}, ""})
          .ok());
  poolcirkel::event::v1::Event proposed;
  auto* body = proposed.mutable_secondment_proposed();
  body->set_professional_id(std::string(16, 'p'));
  body->set_motivation("past goed");
  const std::string payload =
      Sealed(c_, body, proposed, {.person = person, .exchange = exchange, .member = {}});
  ASSERT_TRUE(c_.AppendTo(circle_, person, "of the professional").ok());
  ASSERT_TRUE(c_.AppendTo(circle_, exchange, payload).ok());
  poolcirkel::event::v1::Event other;
  body = other.mutable_secondment_proposed();
  body->set_motivation("iets anders");
  ASSERT_TRUE(
      b_.AppendTo(circle_, unentitled,
                  Sealed(b_, body, other, {.person = {}, .exchange = unentitled, .member = {}}))
          .ok());

  for (const PeerNode* node : {&a_, &b_}) {
    ASSERT_TRUE(Eventually([&] { return node->keys->Find(exchange).has_value(); }));
    ASSERT_TRUE(Eventually([&] { return node->keys->Find(person).has_value(); }));
    EXPECT_EQ(node->keys->Find(exchange)->secret, c_.keys->Find(exchange)->secret);
    EXPECT_EQ(node->keys->Find(exchange)->key_class, poolcirkel::log::v1::KEY_CLASS_EXCHANGE);
    EXPECT_EQ(node->keys->Find(exchange)->made_by, c_.id());
    EXPECT_EQ(node->keys->Find(person)->key_class, poolcirkel::log::v1::KEY_CLASS_PERSON);
  }
  // c is no party of what b made; a coordinates the circle.
  ASSERT_TRUE(Eventually([&] { return a_.keys->Find(unentitled).has_value(); }));
  const absl::Status refused = c_.network->FetchExchangeKey(circle_, b_.id(), unentitled);
  EXPECT_EQ(base::DetailsOf(refused).reason, "KEY_NOT_GIVEN") << refused;
  EXPECT_FALSE(c_.keys->Find(unentitled).has_value());
  // Not even from somebody who has it: keys are never relayed.
  EXPECT_EQ(base::DetailsOf(c_.network->FetchExchangeKey(circle_, a_.id(), unentitled)).reason,
            "KEY_NOT_GIVEN");
  // What c made itself is here; a did not make it.
  EXPECT_TRUE(c_.network->FetchExchangeKey(circle_, c_.id(), exchange).ok());
  EXPECT_EQ(base::DetailsOf(c_.network->FetchExchangeKey(circle_, a_.id(), exchange)).reason,
            "KEY_NOT_GIVEN");
}

TEST_F(NetworkTest, FetchesAnExchangesKeyWhenACommandNeedsIt) {
  const auto exchange = c_.ids.New<privacy::KeyId>();
  ASSERT_TRUE(
      c_.keys
          ->Create(
              {exchange, poolcirkel::log::v1::KEY_CLASS_EXCHANGE, circle_, c_.id(), {b_.id()}, ""})
          .ok());
  ASSERT_TRUE(c_.AppendTo(circle_, exchange, "a proposal").ok());
  ASSERT_TRUE(Eventually([&] { return SizeAt(b_, c_) == 1; }));
  const absl::Status fetched = b_.network->FetchExchangeKey(circle_, c_.id(), exchange);
  EXPECT_TRUE(fetched.ok()) << fetched;
  EXPECT_TRUE(b_.keys->Find(exchange).has_value());
}

TEST_F(NetworkTest, AKeyForAnotherMembersExchangeIsNotTaken) {
  // c made the exchange; a makes a key of the same id and hands it out to everybody.
  const auto exchange = c_.ids.New<privacy::KeyId>();
  for (PeerNode* maker : {&c_, &a_}) {
    ASSERT_TRUE(maker->keys
                    ->Create({exchange,
                              poolcirkel::log::v1::KEY_CLASS_EXCHANGE,
                              circle_,
                              maker->id(),
                              {b_.id()},
                              ""})
                    .ok());
  }
  ASSERT_TRUE(c_.AppendTo(circle_, exchange, "a proposal").ok());
  ASSERT_TRUE(Eventually([&] { return SizeAt(b_, c_) == 1; }));
  EXPECT_EQ(base::DetailsOf(b_.network->FetchExchangeKey(circle_, a_.id(), exchange)).reason,
            "KEY_NOT_GIVEN");
  ASSERT_TRUE(b_.network->FetchExchangeKey(circle_, c_.id(), exchange).ok());
  EXPECT_EQ(b_.keys->Find(exchange)->made_by, c_.id());
  EXPECT_EQ(b_.keys->Find(exchange)->secret, c_.keys->Find(exchange)->secret);
}

TEST_F(NetworkTest, AMissingKeyComesOnceItsMakerIsBack) {
  const auto person = a_.ids.New<privacy::KeyId>();
  ASSERT_TRUE(
      a_.keys->Create({person, poolcirkel::log::v1::KEY_CLASS_PERSON, circle_, a_.id(), {}, ""})
          .ok());
  poolcirkel::event::v1::Event event;
  auto* body = event.mutable_profile_stated();
  body->mutable_profile()->set_pseudonym("Merel");
  c_.Stop();
  ASSERT_TRUE(a_.AppendTo(circle_, person,
                          Sealed(a_, body, event, {.person = person, .exchange = {}, .member = {}}))
                  .ok());
  ASSERT_TRUE(Eventually([&] { return SizeAt(b_, a_) == 1; }));
  a_.Stop();
  c_.Start();
  ASSERT_TRUE(Eventually([&] { return SizeAt(c_, a_) == 1; }));
  EXPECT_FALSE(c_.keys->Find(person).has_value());
  a_.Start();
  EXPECT_TRUE(Eventually([&] { return c_.keys->Find(person).has_value(); }));
}

}  // namespace
}  // namespace services::peer
