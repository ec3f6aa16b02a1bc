#include "remoting/codes.h"

#include <algorithm>
#include <span>

namespace gantry::remoting {
namespace {

template <class Code>
struct Named {
  Code code;
  std::string_view name;
};

// Sorted by code.
constexpr Named<RequestCode> kRequests[] = {
    {RequestCode::send_message, "SEND_MESSAGE"},
    {RequestCode::pull_message, "PULL_MESSAGE"},
    {RequestCode::query_message, "QUERY_MESSAGE"},
    {RequestCode::query_broker_offset, "QUERY_BROKER_OFFSET"},
    {RequestCode::query_consumer_offset, "QUERY_CONSUMER_OFFSET"},
    {RequestCode::update_consumer_offset, "UPDATE_CONSUMER_OFFSET"},
    {RequestCode::update_and_create_topic, "UPDATE_AND_CREATE_TOPIC"},
    {RequestCode::get_all_topic_config, "GET_ALL_TOPIC_CONFIG"},
    {RequestCode::get_topic_config_list, "GET_TOPIC_CONFIG_LIST"},
    {RequestCode::get_topic_name_list, "GET_TOPIC_NAME_LIST"},
    {RequestCode::update_broker_config, "UPDATE_BROKER_CONFIG"},
    {RequestCode::get_broker_config, "GET_BROKER_CONFIG"},
    {RequestCode::trigger_delete_files, "TRIGGER_DELETE_FILES"},
    {RequestCode::get_broker_runtime_info, "GET_BROKER_RUNTIME_INFO"},
    {RequestCode::search_offset_by_timestamp, "SEARCH_OFFSET_BY_TIMESTAMP"},
    {RequestCode::get_max_offset, "GET_MAX_OFFSET"},
    {RequestCode::get_min_offset, "GET_MIN_OFFSET"},
    {RequestCode::get_earliest_msg_storetime, "GET_EARLIEST_MSG_STORETIME"},
    {RequestCode::view_message_by_id, "VIEW_MESSAGE_BY_ID"},
    {RequestCode::heart_beat, "HEART_BEAT"},
    {RequestCode::unregister_client, "UNREGISTER_CLIENT"},
    {RequestCode::consumer_send_msg_back, "CONSUMER_SEND_MSG_BACK"},
    {RequestCode::end_transaction, "END_TRANSACTION"},
    {RequestCode::get_consumer_list_by_group, "GET_CONSUMER_LIST_BY_GROUP"},
    {RequestCode::check_transaction_state, "CHECK_TRANSACTION_STATE"},
    {RequestCode::notify_consumer_ids_changed, "NOTIFY_CONSUMER_IDS_CHANGED"},
    {RequestCode::lock_batch_mq, "LOCK_BATCH_MQ"},
    {RequestCode::unlock_batch_mq, "UNLOCK_BATCH_MQ"},
    {RequestCode::get_all_consumer_offset, "GET_ALL_CONSUMER_OFFSET"},
    {RequestCode::get_all_delay_offset, "GET_ALL_DELAY_OFFSET"},
    {RequestCode::check_client_config, "CHECK_CLIENT_CONFIG"},
    {RequestCode::update_and_create_acl_config, "UPDATE_AND_CREATE_ACL_CONFIG"},
    {RequestCode::delete_acl_config, "DELETE_ACL_CONFIG"},
    {RequestCode::get_broker_cluster_acl_info, "GET_BROKER_CLUSTER_ACL_INFO"},
    {RequestCode::update_global_white_addrs_config, "UPDATE_GLOBAL_WHITE_ADDRS_CONFIG"},
    {RequestCode::put_kv_config, "PUT_KV_CONFIG"},
    {RequestCode::get_kv_config, "GET_KV_CONFIG"},
    {RequestCode::delete_kv_config, "DELETE_KV_CONFIG"},
    {RequestCode::register_broker, "REGISTER_BROKER"},
    {RequestCode::unregister_broker, "UNREGISTER_BROKER"},
    {RequestCode::get_routeinfo_by_topic, "GET_ROUTEINFO_BY_TOPIC"},
    {RequestCode::get_broker_cluster_info, "GET_BROKER_CLUSTER_INFO"},
    {RequestCode::update_and_create_subscriptiongroup, "UPDATE_AND_CREATE_SUBSCRIPTIONGROUP"},
    {RequestCode::get_all_subscriptiongroup_config, "GET_ALL_SUBSCRIPTIONGROUP_CONFIG"},
    {RequestCode::get_topic_stats_info, "GET_TOPIC_STATS_INFO"},
    {RequestCode::get_consumer_connection_list, "GET_CONSUMER_CONNECTION_LIST"},
    {RequestCode::get_producer_connection_list, "GET_PRODUCER_CONNECTION_LIST"},
    {RequestCode::wipe_write_perm_of_broker, "WIPE_WRITE_PERM_OF_BROKER"},
    {RequestCode::get_all_topic_list_from_nameserver, "GET_ALL_TOPIC_LIST_FROM_NAMESERVER"},
    {RequestCode::delete_subscriptiongroup, "DELETE_SUBSCRIPTIONGROUP"},
    {RequestCode::get_consume_stats, "GET_CONSUME_STATS"},
    {RequestCode::suspend_consumer, "SUSPEND_CONSUMER"},
    {RequestCode::resume_consumer, "RESUME_CONSUMER"},
    {RequestCode::reset_consumer_offset_in_consumer, "RESET_CONSUMER_OFFSET_IN_CONSUMER"},
    {RequestCode::reset_consumer_offset_in_broker, "RESET_CONSUMER_OFFSET_IN_BROKER"},
    {RequestCode::adjust_consumer_thread_pool, "ADJUST_CONSUMER_THREAD_POOL"},
    {RequestCode::who_consume_the_message, "WHO_CONSUME_THE_MESSAGE"},
    {RequestCode::delete_topic_in_broker, "DELETE_TOPIC_IN_BROKER"},
    {RequestCode::delete_topic_in_namesrv, "DELETE_TOPIC_IN_NAMESRV"},
    {RequestCode::get_kvlist_by_namespace, "GET_KVLIST_BY_NAMESPACE"},
    {RequestCode::reset_consumer_client_offset, "RESET_CONSUMER_CLIENT_OFFSET"},
    {RequestCode::get_consumer_status_from_client, "GET_CONSUMER_STATUS_FROM_CLIENT"},
    {RequestCode::invoke_broker_to_reset_offset, "INVOKE_BROKER_TO_RESET_OFFSET"},
    {RequestCode::invoke_broker_to_get_consumer_status, "INVOKE_BROKER_TO_GET_CONSUMER_STATUS"},
    {RequestCode::get_topics_by_cluster, "GET_TOPICS_BY_CLUSTER"},
    {RequestCode::query_topic_consume_by_who, "QUERY_TOPIC_CONSUME_BY_WHO"},
    {RequestCode::register_filter_server, "REGISTER_FILTER_SERVER"},
    {RequestCode::register_message_filter_class, "REGISTER_MESSAGE_FILTER_CLASS"},
    {RequestCode::query_consume_time_span, "QUERY_CONSUME_TIME_SPAN"},
    {RequestCode::get_system_topic_list_from_ns, "GET_SYSTEM_TOPIC_LIST_FROM_NS"},
    {RequestCode::get_system_topic_list_from_broker, "GET_SYSTEM_TOPIC_LIST_FROM_BROKER"},
    {RequestCode::clean_expired_consumequeue, "CLEAN_EXPIRED_CONSUMEQUEUE"},
    {RequestCode::get_consumer_running_info, "GET_CONSUMER_RUNNING_INFO"},
    {RequestCode::query_correction_offset, "QUERY_CORRECTION_OFFSET"},
    {RequestCode::consume_message_directly, "CONSUME_MESSAGE_DIRECTLY"},
    {RequestCode::send_message_v2, "SEND_MESSAGE_V2"},
    {RequestCode::get_unit_topic_list, "GET_UNIT_TOPIC_LIST"},
    {RequestCode::get_has_unit_sub_topic_list, "GET_HAS_UNIT_SUB_TOPIC_LIST"},
    {RequestCode::get_has_unit_sub_ununit_topic_list, "GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST"},
    {RequestCode::clone_group_offset, "CLONE_GROUP_OFFSET"},
    {RequestCode::view_broker_stats_data, "VIEW_BROKER_STATS_DATA"},
    {RequestCode::clean_unused_topic, "CLEAN_UNUSED_TOPIC"},
    {RequestCode::get_broker_consume_stats, "GET_BROKER_CONSUME_STATS"},
    {RequestCode::update_namesrv_config, "UPDATE_NAMESRV_CONFIG"},
    {RequestCode::get_namesrv_config, "GET_NAMESRV_CONFIG"},
    {RequestCode::send_batch_message, "SEND_BATCH_MESSAGE"},
    {RequestCode::query_consume_queue, "QUERY_CONSUME_QUEUE"},
    {RequestCode::query_data_version, "QUERY_DATA_VERSION"},
    {RequestCode::resume_check_half_message, "RESUME_CHECK_HALF_MESSAGE"},
    {RequestCode::send_reply_message, "SEND_REPLY_MESSAGE"},
    {RequestCode::send_reply_message_v2, "SEND_REPLY_MESSAGE_V2"},
    {RequestCode::push_reply_message_to_client, "PUSH_REPLY_MESSAGE_TO_CLIENT"},
    {RequestCode::add_write_perm_of_broker, "ADD_WRITE_PERM_OF_BROKER"},
    {RequestCode::get_all_producer_info, "GET_ALL_PRODUCER_INFO"},
    {RequestCode::delete_expired_commitlog, "DELETE_EXPIRED_COMMITLOG"},
    {RequestCode::query_topics_by_consumer, "QUERY_TOPICS_BY_CONSUMER"},
    {RequestCode::get_topic_config, "GET_TOPIC_CONFIG"},
    {RequestCode::get_subscriptiongroup_config, "GET_SUBSCRIPTIONGROUP_CONFIG"},
    {RequestCode::lite_pull_message, "LITE_PULL_MESSAGE"},
    {RequestCode::query_assignment, "QUERY_ASSIGNMENT"},
    {RequestCode::set_message_request_mode, "SET_MESSAGE_REQUEST_MODE"},
    {RequestCode::get_all_message_request_mode, "GET_ALL_MESSAGE_REQUEST_MODE"},
    {RequestCode::pop_message, "POP_MESSAGE"},
    {RequestCode::ack_message, "ACK_MESSAGE"},
    {RequestCode::peek_message, "PEEK_MESSAGE"},
    {RequestCode::change_message_invisibletime, "CHANGE_MESSAGE_INVISIBLETIME"},
    {RequestCode::notification, "NOTIFICATION"},
    {RequestCode::polling_info, "POLLING_INFO"},
    {RequestCode::pop_rollback, "POP_ROLLBACK"},
    {RequestCode::batch_ack_message, "BATCH_ACK_MESSAGE"},
};

constexpr Named<ResponseCode> kResponses[] = {
    {ResponseCode::success, "SUCCESS"},
    {ResponseCode::system_error, "SYSTEM_ERROR"},
    {ResponseCode::system_busy, "SYSTEM_BUSY"},
    {ResponseCode::request_code_not_supported, "REQUEST_CODE_NOT_SUPPORTED"},
    {ResponseCode::transaction_failed, "TRANSACTION_FAILED"},
    {ResponseCode::flush_disk_timeout, "FLUSH_DISK_TIMEOUT"},
    {ResponseCode::slave_not_available, "SLAVE_NOT_AVAILABLE"},
    {ResponseCode::flush_slave_timeout, "FLUSH_SLAVE_TIMEOUT"},
    {ResponseCode::message_illegal, "MESSAGE_ILLEGAL"},
    {ResponseCode::service_not_available, "SERVICE_NOT_AVAILABLE"},
    {ResponseCode::version_not_supported, "VERSION_NOT_SUPPORTED"},
    {ResponseCode::no_permission, "NO_PERMISSION"},
    {ResponseCode::topic_not_exist, "TOPIC_NOT_EXIST"},
    {ResponseCode::topic_exist_already, "TOPIC_EXIST_ALREADY"},
    {ResponseCode::pull_not_found, "PULL_NOT_FOUND"},
    {ResponseCode::pull_retry_immediately, "PULL_RETRY_IMMEDIATELY"},
    {ResponseCode::pull_offset_moved, "PULL_OFFSET_MOVED"},
    {ResponseCode::query_not_found, "QUERY_NOT_FOUND"},
    {ResponseCode::subscription_parse_failed, "SUBSCRIPTION_PARSE_FAILED"},
    {ResponseCode::subscription_not_exist, "SUBSCRIPTION_NOT_EXIST"},
    {ResponseCode::subscription_not_latest, "SUBSCRIPTION_NOT_LATEST"},
    {ResponseCode::subscription_group_not_exist, "SUBSCRIPTION_GROUP_NOT_EXIST"},
    {ResponseCode::filter_data_not_exist, "FILTER_DATA_NOT_EXIST"},
    {ResponseCode::filter_data_not_latest, "FILTER_DATA_NOT_LATEST"},
    {ResponseCode::invalid_parameter, "INVALID_PARAMETER"},
    {ResponseCode::transaction_should_commit, "TRANSACTION_SHOULD_COMMIT"},
    {ResponseCode::transaction_should_rollback, "TRANSACTION_SHOULD_ROLLBACK"},
    {ResponseCode::transaction_state_unknow, "TRANSACTION_STATE_UNKNOW"},
    {ResponseCode::transaction_state_group_wrong, "TRANSACTION_STATE_GROUP_WRONG"},
    {ResponseCode::no_buyer_id, "NO_BUYER_ID"},
    {ResponseCode::not_in_current_unit, "NOT_IN_CURRENT_UNIT"},
    {ResponseCode::consumer_not_online, "CONSUMER_NOT_ONLINE"},
    {ResponseCode::consume_msg_timeout, "CONSUME_MSG_TIMEOUT"},
    {ResponseCode::no_message, "NO_MESSAGE"},
    {ResponseCode::update_and_create_acl_config_failed, "UPDATE_AND_CREATE_ACL_CONFIG_FAILED"},
    {ResponseCode::delete_acl_config_failed, "DELETE_ACL_CONFIG_FAILED"},
    {ResponseCode::update_global_white_addrs_config_failed, "UPDATE_GLOBAL_WHITE_ADDRS_CONFIG_FAILED"},
    {ResponseCode::flow_control, "FLOW_CONTROL"},
    {ResponseCode::go_away, "GO_AWAY"},
};

static_assert(std::ranges::is_sorted(kRequests, {}, &Named<RequestCode>::code));
static_assert(std::ranges::is_sorted(kResponses, {}, &Named<ResponseCode>::code));

template <class Code>
std::string_view find(std::span<const Named<Code>> names, Code code) {
  const auto at = std::ranges::lower_bound(names, code, {}, &Named<Code>::code);
  return at != names.end() && at->code == code ? at->name : "UNKNOWN";
}

}  // namespace

std::string_view name_of(RequestCode code) {
  return find<RequestCode>(kRequests, code);
}
std::string_view name_of(ResponseCode code) {
  return find<ResponseCode>(kResponses, code);
}

}  // namespace gantry::remoting
