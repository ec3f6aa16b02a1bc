// Who is there: the clients that told about themselves in heartbeats, the groups that they produce and
// consume for, and what each consumer group wants.
//
// Presence is a connection's: a client that connects anew has two until its old one is gone. It ends with the
// connection, when the client says goodbye, or when it has been silent for too long. A group's members are
// client ids, each there once however many connections it has: members share the queues by their number, and
// the part of one that is counted twice would be nobody's. The last heartbeat of any member says what its
// whole group wants.
//
// Thread: any. Members are told of changes (NOTIFY_CONSUMER_IDS_CHANGED) from within the call that made one.
#pragma once

#include "kernel/api/clock.h"
#include "remoting/bodies/heartbeat.h"
#include "remoting/connection.h"
#include "remoting/language.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::kernel {

struct ClientFacts {
  std::string id;
  std::string address;
  remoting::Language language{};
  std::int32_t version = 0;

  bool operator==(const ClientFacts&) const = default;
};

class ClientTable {
 public:
  struct Settings {
    std::chrono::milliseconds silence = std::chrono::seconds(120);  // then it is taken for gone
  };
  // `clock` outlives it.
  ClientTable(const api::Clock& clock, Settings settings) : clock_(clock), settings_(settings) {}

  // Its groups are those of this heartbeat from then on.
  void heard(remoting::Connection& from, const ClientFacts& client, const remoting::HeartbeatData& said);

  // UNREGISTER_CLIENT: it leaves these groups; an empty name: none of that kind.
  void left(const remoting::Connection& from, std::string_view producer_group,
            std::string_view consumer_group);

  // Before the connection is gone.
  void closed(const remoting::Connection& connection);

  // Closes the connections that have been silent for too long; closed() follows for each.
  void close_silent();

  struct Group {
    remoting::ConsumeType type{};
    remoting::MessageModel model{};
    remoting::ConsumeFromWhere from_where{};
    std::vector<std::shared_ptr<const remoting::SubscriptionData>> subscriptions;  // by topic
    std::vector<ClientFacts> members;                                              // one for each connection
  };
  // nullopt: nobody of that group is there.
  std::optional<Group> consumer_group(std::string_view group) const;
  std::vector<ClientFacts> producers(std::string_view group) const;
  std::vector<std::string> consumer_ids(std::string_view group) const;  // sorted, each once

  enum class Known : std::uint8_t { no_group, no_subscription, yes };
  struct Subscribed {
    Known known = Known::no_group;
    remoting::MessageModel model{};
    std::shared_ptr<const remoting::SubscriptionData> subscription;  // set: yes
  };
  // What a pull asks: one look-up, nothing copied.
  Subscribed subscribed(std::string_view group, std::string_view topic) const;

  // Asks the client of that id that produces for some group; of several connections that say they are it, the
  // newest. False: there is none. `done` as remoting::Connection::request() says; it must not come back here.
  bool ask_producer(std::string_view client_id, const remoting::OutgoingRequest& request,
                    std::chrono::milliseconds timeout, remoting::Connection::ResponseHandler done) const;
  // The consumer groups that have subscribed to that topic.
  std::vector<std::string> groups_for(std::string_view topic) const;

  std::size_t connections() const;

 private:
  using ConnectionId = std::uint64_t;
  static constexpr ConnectionId kNone = 0;  // no connection has this number
  struct Client {
    remoting::Connection* connection = nullptr;
    ClientFacts facts;
    std::chrono::steady_clock::time_point heard;
    std::set<std::string, std::less<>> produces, consumes;
  };
  struct Consumers {
    remoting::ConsumeType type{};
    remoting::MessageModel model{};
    remoting::ConsumeFromWhere from_where{};
    std::map<std::string, std::shared_ptr<const remoting::SubscriptionData>, std::less<>> subscriptions;
    std::set<ConnectionId> members;
  };

  // All of them with the lock held. True: its members shall be told.
  bool join(Client& client, ConnectionId id, const remoting::ConsumerData& said);
  static bool take_subscriptions(Consumers& group, const std::vector<remoting::SubscriptionData>& said);
  void name(ConnectionId id, Client& client, const ClientFacts& facts);
  void unname(ConnectionId id, const Client& client);
  void leave_consumers(Client& client, ConnectionId id, const std::string& group);
  void leave_producers(Client& client, ConnectionId id, const std::string& group);
  // Of the client's connections among `members`. kNone: it has none.
  ConnectionId newest(const std::set<ConnectionId>& members, std::string_view client_id) const;
  void tell_members(const std::string& group) const;
  std::vector<ClientFacts> facts_of(const std::set<ConnectionId>& ids) const;

  const api::Clock& clock_;
  const Settings settings_;
  mutable std::shared_mutex mutex_;  // guards what follows
  std::map<ConnectionId, Client> clients_;
  std::map<std::string, std::set<ConnectionId>, std::less<>> by_client_id_;
  std::map<std::string, Consumers, std::less<>> consumers_;
  std::map<std::string, std::set<ConnectionId>, std::less<>> producers_;
};

}  // namespace gantry::kernel
