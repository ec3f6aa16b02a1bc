#include "kernel/broker_config.h"

#include "daemon/data_dir.h"
#include "daemon/netty_keys.h"
#include "kernel/apache_keys.h"
#include "kernel/api/names.h"
#include "kernel/identity_of_broker.h"
#include "kernel/plugin_search.h"

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <string_view>
#include <unistd.h>

namespace gantry::kernel {
namespace {

using namespace std::chrono_literals;
using options::Alias;
using options::Complaint;
using Config = BrokerConfig;
using Schema = options::Schema<Config>;

// What a request to make one can say.
constexpr std::int64_t kMostTopicQueues = 65535;

// Containers are told by this variable.
std::vector<std::string> name_servers_of_environment() {
  std::vector<std::string> found;
  const char* text = std::getenv("NAMESRV_ADDR");
  std::string_view rest = text == nullptr ? "" : text;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(';'), rest.size());
    if (end > 0) found.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return found;
}

std::filesystem::path apaches_data_dir() {
  const char* home = std::getenv("HOME");
  return home == nullptr || *home == '\0' ? default_data_dir() : std::filesystem::path(home) / "store";
}

void declare_service(Schema& schema) {
  schema.option("listen", &Config::listen)
      .help("Address and port that clients connect to. Port 0 takes a free one.")
      .apache(Alias::port("listenPort"));
  schema.option("second_port", &Config::second_port)
      .help(
          "Serves the same on the port two below listen's, 10909: the VIP channel of old clients, and where "
          "Apache's slaves ask. With listen's port 0 it takes a free one, too.");
  schema.option("advertised_address", &Config::advertised_address)
      .help("Host, or host:port, that clients are told to connect to. Empty: this machine's first address.")
      .apache("brokerIP1");
  schema.option("io_threads", &Config::io_threads)
      .range(0, 1024)
      .help("Threads that serve connections. 0: as many as it may use cores.");
  schema.option("background_threads", &Config::background_threads)
      .range(1, 1024)
      .help("Threads that all plugins' jobs share.");
  schema.option("cluster", &Config::cluster)
      .not_empty()
      .help("Name of the cluster that this broker belongs to.")
      .apache("brokerClusterName");
  schema.option("broker_name", &Config::broker_name)
      .not_empty()
      .computed_default("this machine's name")
      .help("Name that a master shares with its slaves, and no other broker of the cluster has.")
      .apache("brokerName");
  schema.option("broker_id", &Config::broker_id)
      .range(0, std::int64_t{INT_MAX})
      .help("0 for the master of that name, which takes messages; each slave has a number of its own.")
      .apache("brokerId");
}

void declare_clients(Schema& schema) {
  schema.option("auto_create_groups", &Config::auto_create_groups)
      .help("Makes a consumer group when its first consumer comes. false: an administrator does.")
      .apache("autoCreateSubscriptionGroup");
  schema.option("region", &Config::region)
      .not_empty()
      .help("Region that clients write into their message traces.")
      .apache("regionId");
  schema.option("trace_on", &Config::trace_on)
      .help("Tells clients that trace their messages to do so for those of this broker.")
      .apache("traceOn");
  schema.option("gate_patience", &Config::gate_patience)
      .range(10ms, 10min)
      .help(
          "How long a sender is kept waiting for a plugin that says when a message is safe, such as on a "
          "slave; then it is told that the message is stored here, and perhaps nowhere else.")
      .apache(Alias::units("slaveTimeout", 1ms));
  schema.option("store_replies", &Config::store_replies)
      .help("Stores replies to request messages, besides handing them to the client that waits.")
      .apache("storeReplyMessageEnable");
}

void declare_pulls(Schema& schema) {
  schema.option("pull_most_messages", &Config::pull_most_messages)
      .range(1, 65536)
      .help("Most messages in one answer to a pull, however many it asks for.")
      .apache("maxTransferCountOnMessageInMemory");
  schema.option("pull_most_bytes", &Config::pull_most_bytes)
      .range(ByteSize::kib(4), ByteSize::mib(16))
      .help("Most bytes in one answer to a pull; one message is always sent, whatever its size.")
      .apache(Alias::bytes("maxTransferBytesOnMessageInMemory"));
  schema.option("long_polling", &Config::long_polling)
      .help("A pull that finds nothing waits for as long as it says. false: for short_polling_time.")
      .apache("longPollingEnable");
  schema.option("short_polling_time", &Config::short_polling_time)
      .range(1ms, 1min)
      .help("How long a pull waits for messages while long_polling is off.")
      .apache(Alias::units("shortPollingTimeMills", 1ms));
  schema.option("max_parked_pulls", &Config::max_parked_pulls)
      .range(1, 10'000'000)
      .help(
          "How many pulls may wait for messages, a tenth of them those of one connection; more are "
          "answered at once that there are none.");
  schema.option("filter_retries", &Config::filter_retries)
      .help("Lets expressions other than tags filter retried messages, too.")
      .apache("filterSupportRetry");
  schema.option("slave_reads", &Config::slave_reads)
      .help(
          "Sends consumers that read what is no longer in memory to the broker that their group names for "
          "that.")
      .apache("slaveReadEnable");
}

void declare_topics(Schema& schema) {
  schema.option("auto_create_topics", &Config::auto_create_topics)
      .help("Makes a topic when the first message for it comes. false: an administrator does.")
      .apache("autoCreateTopicEnable");
  schema.option("default_topic_queues", &Config::default_topic_queues)
      .range(1, kMostTopicQueues)
      .help("Queues that a topic made by sending has at most; the producer may ask for fewer.")
      .apache("defaultTopicQueueNums");
  schema.option("max_topic_queues", &Config::max_topic_queues)
      .range(1, kMostTopicQueues)
      .help("Queues that an administrator can give a topic at most.");
  schema.option("max_topics", &Config::max_topics)
      .range(1, 10'000'000)
      .help(
          "Topics that this broker has at most, so that a client that sends to ever new ones does not fill "
          "every name server.");
  schema.option("max_groups", &Config::max_groups)
      .range(1, 10'000'000)
      .help(
          "Consumer groups that this broker has at most, so that a client that names ever new ones does not "
          "fill its memory and its disk.");
  schema.option("cluster_topic", &Config::cluster_topic)
      .help("Lets clients use the topic that is named for the cluster.")
      .apache("clusterTopicEnable");
  schema.option("broker_topic", &Config::broker_topic)
      .help("Lets clients use the topic that is named for this broker; Apache's tools measure with it.")
      .apache("brokerTopicEnable");
  schema.option("trace_topic", &Config::trace_topic)
      .help("Makes the topic that clients write their message traces to.")
      .apache("traceTopicEnable");
  schema.option("trace_topic_name", &Config::trace_topic_name)
      .not_empty()
      .help("Name of that topic.")
      .apache("msgTraceTopicName");
}

void declare_locks_and_queries(Schema& schema) {
  schema.option("queue_lock_time", &Config::queue_lock_time)
      .range(1s, 1h)
      .help(
          "How long a consumer in order keeps a queue to itself without asking again; clients ask every 20 "
          "s.");
  schema.option("max_locks_per_client", &Config::max_locks_per_client)
      .range(1, 10'000'000)
      .help("Queues that one client may have to itself.");
  schema.option("max_queue_locks", &Config::max_queue_locks)
      .range(1, 100'000'000)
      .help("Queues that all clients together may have to themselves, counted for each group.");
  schema.option("max_query_messages", &Config::max_query_messages)
      .range(1, 10'000)
      .help("Messages that one query by key answers, the newest of those that there are.")
      .apache("maxMsgsNumBatch");
  schema.option("max_query_size", &Config::max_query_size)
      .range(ByteSize::kib(64), ByteSize::gib(1))
      .help("Bytes of the messages that one query by key answers; at least one message comes.");
}

void declare_registration(Schema& schema) {
  schema.option("namesrv", &Config::namesrv)
      .help("Name servers that this broker registers with, each a host:port. None: it runs alone.")
      .apache(Alias::semicolons("namesrvAddr"))
      .default_with_apache(name_servers_of_environment(), "those in the variable NAMESRV_ADDR");
  schema.option("registration_interval", &Config::registration_interval)
      .range(1s, 60s)
      .help(
          "How often it registers again; a name server forgets a broker that it has not heard of for two "
          "minutes.")
      .apache(Alias::units("registerNameServerPeriod", 1ms));
  schema.option("registration_timeout", &Config::registration_timeout)
      .range(100ms, 60s)
      .help("How long it waits for a name server's answer.")
      .apache(Alias::units("registerBrokerTimeoutMills", 1ms));
}

void declare_data(Schema& schema) {
  schema.option("data_dir", &Config::data_dir)
      .not_empty()
      .computed_default("~/.gantry/broker")
      .help("Directory that this broker keeps its files in; one broker to a directory.")
      .apache("storePathRootDir")
      .default_with_apache(apaches_data_dir(), "~/store");
  schema.option("offset_flush_interval", &Config::offset_flush_interval)
      .range(100ms, 1h)
      .help("How often consumer offsets go to the disk; a crash can cost those of one interval.")
      .apache(Alias::units("flushConsumerOffsetInterval", 1ms));
  schema.option("plugin_path", &Config::plugin_path)
      .computed_default("lib/gantry/plugins beside the program's bin/")
      .help("Directories in which plugins are looked for; the first that has one wins.");
  schema.option("metrics_file", &Config::metrics_file)
      .help("File that all figures are written to in Prometheus' text format. Empty: none.");
  schema.option("metrics_interval", &Config::metrics_interval)
      .range(1s, 1h)
      .changeable()
      .help("How often metrics_file is written anew.");
}

std::vector<Complaint> check_whole(const Config& config) {
  auto found = daemon::complaints_of(config);
  if (auto why = why_no_advertised_address(config.advertised_address); !why.empty())
    found.push_back({"advertised_address", std::move(why)});
  if (auto name = api::TopicName::parse(config.trace_topic_name); !name)
    found.push_back({"trace_topic_name", name.error().text});
  if (config.second_port && (config.listen.port == 1 || config.listen.port == 2))
    found.push_back({"second_port", "there is no port two below that of listen, " +
                                        std::to_string(config.listen.port) +
                                        "; set listen to a greater one, or write second_port = false"});
  for (const std::string& address : config.namesrv) {
    if (options::HostPort::parse(address)) continue;
    found.push_back({"namesrv", "\"" + address + "\" is no host:port, such as \"10.0.0.5:9876\""});
  }
  return found;
}

}  // namespace

std::filesystem::path default_data_dir() {
  return daemon::default_data_dir("broker");
}

std::string default_broker_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  const bool known = ::gethostname(name.data(), name.size() - 1) == 0 && name.front() != '\0';
  return known ? name.data() : "broker";
}

std::vector<std::string> default_plugin_path() {
  return {default_plugin_directory().string()};
}

Schema broker_schema() {
  Schema schema;
  declare_service(schema);
  declare_clients(schema);
  declare_locks_and_queries(schema);
  declare_pulls(schema);
  declare_topics(schema);
  declare_registration(schema);
  declare_data(schema);
  daemon::declare_listener_options(schema);
  daemon::declare_log_options(schema);
  daemon::declare_netty_keys(schema);
  declare_apache_keys(schema);
  schema.check_whole(check_whole);
  return schema;
}

}  // namespace gantry::kernel
