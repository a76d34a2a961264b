// Made from proto/ by packages/storeapi/scripts/embed-proto.ts. Do not edit.
export const PROTO_FILES: Readonly<Record<string, string>> = {
  "api/query/querypb/query.proto": `syntax = "proto3";
package thanos;

import "store/storepb/prompb/types.proto";
import "store/storepb/rpc.proto";
import "store/storepb/types.proto";

// PromQL over gRPC; whole seconds only.
service Query {
  rpc Query(QueryRequest) returns (stream QueryResponse);
  rpc QueryRange(QueryRangeRequest) returns (stream QueryRangeResponse);
}

enum EngineType {
  default = 0;
  prometheus = 1;
  thanos = 2;
}

message QueryPlan {
  oneof encoding {
    bytes json = 1;
  }
}

message StoreMatchers {
  repeated LabelMatcher labelMatchers = 1;
}

message QueryRequest {
  reserved 9;
  string query = 1;
  int64 time_seconds = 2;
  int64 timeout_seconds = 3;
  int64 max_resolution_seconds = 4;
  repeated string replica_labels = 5;
  repeated StoreMatchers storeMatchers = 6;
  bool enableDedup = 7;
  bool enablePartialResponse = 8;
  bool skipChunks = 10;
  ShardInfo shard_info = 11;
  int64 lookback_delta_seconds = 12;
  EngineType engine = 13;
  QueryPlan queryPlan = 14;
  int64 response_batch_size = 15;
}

message QueryStats {
  int64 samples_total = 1;
  int64 peak_samples = 2;
}

message TimeSeriesBatch {
  repeated prometheus_copy.TimeSeries series = 1;
}

message QueryResponse {
  oneof result {
    string warnings = 1;
    prometheus_copy.TimeSeries timeseries = 2;
    QueryStats stats = 3;
    TimeSeriesBatch timeseries_batch = 4;
  }
}

message QueryRangeRequest {
  reserved 11;
  string query = 1;
  int64 start_time_seconds = 2;
  int64 end_time_seconds = 3;
  int64 interval_seconds = 4;
  int64 timeout_seconds = 5;
  int64 max_resolution_seconds = 6;
  repeated string replica_labels = 7;
  repeated StoreMatchers storeMatchers = 8;
  bool enableDedup = 9;
  bool enablePartialResponse = 10;
  bool skipChunks = 12;
  ShardInfo shard_info = 13;
  int64 lookback_delta_seconds = 14;
  EngineType engine = 15;
  QueryPlan queryPlan = 16;
  int64 response_batch_size = 17;
}

message QueryRangeResponse {
  oneof result {
    string warnings = 1;
    prometheus_copy.TimeSeries timeseries = 2;
    QueryStats stats = 3;
    TimeSeriesBatch timeseries_batch = 4;
  }
}
`,
  "exemplars/exemplarspb/rpc.proto": `syntax = "proto3";
package thanos;

import "store/labelpb/types.proto";
import "store/storepb/types.proto";

service Exemplars {
  rpc Exemplars(ExemplarsRequest) returns (stream ExemplarsResponse);
}

message ExemplarsRequest {
  string query = 1;
  int64 start = 2;
  int64 end = 3;
  PartialResponseStrategy partial_response_strategy = 4;
}

message ExemplarsResponse {
  oneof result {
    ExemplarData data = 1;
    string warning = 2;
  }
}

message ExemplarData {
  ZLabelSet seriesLabels = 1;
  repeated Exemplar exemplars = 2;
}

message Exemplar {
  ZLabelSet labels = 1;
  double value = 2;
  int64 ts = 3;
}
`,
  "google/protobuf/any.proto": `syntax = "proto3";
package google.protobuf;

// A message of any kind: its type's URL and its bytes.
message Any {
  string type_url = 1;
  bytes value = 2;
}
`,
  "google/protobuf/duration.proto": `syntax = "proto3";
package google.protobuf;

message Duration {
  int64 seconds = 1;
  int32 nanos = 2;
}
`,
  "google/protobuf/timestamp.proto": `syntax = "proto3";
package google.protobuf;

message Timestamp {
  int64 seconds = 1;
  int32 nanos = 2;
}
`,
  "grpc/health/v1/health.proto": `syntax = "proto3";
package grpc.health.v1;

message HealthCheckRequest {
  string service = 1;
}

message HealthCheckResponse {
  enum ServingStatus {
    UNKNOWN = 0;
    SERVING = 1;
    NOT_SERVING = 2;
    SERVICE_UNKNOWN = 3;
  }
  ServingStatus status = 1;
}

service Health {
  rpc Check(HealthCheckRequest) returns (HealthCheckResponse);
  rpc Watch(HealthCheckRequest) returns (stream HealthCheckResponse);
}
`,
  "info/infopb/rpc.proto": `syntax = "proto3";
package thanos.info;

import "store/labelpb/types.proto";

// What an endpoint serves. A missing sub-message means that the API is not there.
service Info {
  rpc Info(InfoRequest) returns (InfoResponse);
}

message InfoRequest {}

message InfoResponse {
  repeated thanos.ZLabelSet label_sets = 1;
  string ComponentType = 2;
  StoreInfo store = 3;
  RulesInfo rules = 4;
  MetricMetadataInfo metric_metadata = 5;
  TargetsInfo targets = 6;
  ExemplarsInfo exemplars = 7;
  QueryAPIInfo query = 8;
  StatusInfo status = 9;
}

message StoreInfo {
  reserved 4;
  int64 min_time = 1;
  int64 max_time = 2;
  bool supports_sharding = 3;
  bool supports_without_replica_labels = 5;
  repeated TSDBInfo tsdb_infos = 6;
  bool supports_projections = 7;
}

message RulesInfo {}

message MetricMetadataInfo {}

message TargetsInfo {}

message ExemplarsInfo {
  int64 min_time = 1;
  int64 max_time = 2;
}

message QueryAPIInfo {}

message StatusInfo {}

message TSDBInfo {
  thanos.ZLabelSet labels = 1;
  int64 min_time = 2;
  int64 max_time = 3;
}
`,
  "metadata/metadatapb/rpc.proto": `syntax = "proto3";
package thanos;

import "store/storepb/types.proto";

service Metadata {
  rpc MetricMetadata(MetricMetadataRequest) returns (stream MetricMetadataResponse);
}

message MetricMetadataRequest {
  string metric = 1;
  // Below zero = all, 0 = none.
  int32 limit = 2;
  PartialResponseStrategy partial_response_strategy = 3;
}

message MetricMetadataResponse {
  oneof result {
    MetricMetadata metadata = 1;
    string warning = 2;
  }
}

message MetricMetadata {
  map<string, MetricMetadataEntry> metadata = 1;
}

message MetricMetadataEntry {
  repeated Meta metas = 2;
}

message Meta {
  string type = 1;
  string help = 2;
  string unit = 3;
}
`,
  "rules/rulespb/rpc.proto": `syntax = "proto3";
package thanos;

import "google/protobuf/timestamp.proto";
import "store/labelpb/types.proto";
import "store/storepb/types.proto";

service Rules {
  rpc Rules(RulesRequest) returns (stream RulesResponse);
}

message RulesRequest {
  enum Type {
    ALL = 0;
    ALERT = 1;
    RECORD = 2;
  }
  Type type = 1;
  PartialResponseStrategy partial_response_strategy = 2;
  repeated string matcher_string = 3;
  repeated string rule_name = 4;
  repeated string rule_group = 5;
  repeated string file = 6;
}

message RulesResponse {
  oneof result {
    RuleGroup group = 1;
    string warning = 2;
  }
}

message RuleGroups {
  repeated RuleGroup groups = 1;
}

message RuleGroup {
  string name = 1;
  string file = 2;
  repeated Rule rules = 3;
  double interval = 4;
  double evaluation_duration_seconds = 5;
  google.protobuf.Timestamp last_evaluation = 6;
  PartialResponseStrategy PartialResponseStrategy = 8;
  int64 limit = 9;
}

message Rule {
  oneof result {
    RecordingRule recording = 1;
    Alert alert = 2;
  }
}

enum AlertState {
  UNKNOWN = 0;
  INACTIVE = 1;
  PENDING = 2;
  FIRING = 3;
}

message AlertInstance {
  ZLabelSet labels = 1;
  ZLabelSet annotations = 2;
  AlertState state = 3;
  google.protobuf.Timestamp active_at = 4;
  string value = 5;
  PartialResponseStrategy PartialResponseStrategy = 6;
}

message Alert {
  AlertState state = 1;
  string name = 2;
  string query = 3;
  double duration_seconds = 4;
  ZLabelSet labels = 5;
  ZLabelSet annotations = 6;
  repeated AlertInstance alerts = 7;
  string health = 8;
  string last_error = 9;
  double evaluation_duration_seconds = 10;
  google.protobuf.Timestamp last_evaluation = 11;
  double keep_firing_for_seconds = 12;
}

message RecordingRule {
  string name = 1;
  string query = 2;
  ZLabelSet labels = 3;
  string health = 4;
  string last_error = 5;
  double evaluation_duration_seconds = 6;
  google.protobuf.Timestamp last_evaluation = 7;
}
`,
  "status/statuspb/rpc.proto": `syntax = "proto3";
package thanos;

import "store/storepb/types.proto";

service Status {
  rpc TSDBStatistics(TSDBStatisticsRequest) returns (stream TSDBStatisticsResponse);
}

message TSDBStatisticsRequest {
  string tenant = 1;
  int32 limit = 2;
  PartialResponseStrategy partial_response_strategy = 3;
  repeated LabelMatcher matchers = 4;
}

message TSDBStatisticsResponse {
  oneof result {
    TSDBStatistics statistics = 1;
    string warning = 2;
  }
}

message TSDBStatistics {
  map<string, TSDBStatisticsEntry> statistics = 1;
}

message TSDBStatisticsEntry {
  HeadStatistics head_statistics = 1;
  repeated Statistic series_count_by_metric_name = 2;
  repeated Statistic label_value_count_by_label_name = 3;
  repeated Statistic memory_in_bytes_by_label_name = 4;
  repeated Statistic series_count_by_label_value_pair = 5;
}

message HeadStatistics {
  uint64 num_series = 1;
  uint64 num_label_pairs = 2;
  uint64 chunk_count = 3;
  int64 min_time = 4;
  int64 max_time = 5;
}

message Statistic {
  string name = 1;
  uint64 value = 2;
}
`,
  "store/hintspb/hints.proto": `syntax = "proto3";
package hintspb;

import "google/protobuf/duration.proto";
import "store/storepb/types.proto";

message SeriesRequestHints {
  repeated thanos.LabelMatcher block_matchers = 1;
  bool enable_query_stats = 2;
}

message SeriesResponseHints {
  repeated Block queried_blocks = 1;
  QueryStats query_stats = 2;
}

message Block {
  string id = 1;
}

message LabelNamesRequestHints {
  repeated thanos.LabelMatcher block_matchers = 1;
}

message LabelNamesResponseHints {
  repeated Block queried_blocks = 1;
}

message LabelValuesRequestHints {
  repeated thanos.LabelMatcher block_matchers = 1;
}

message LabelValuesResponseHints {
  repeated Block queried_blocks = 1;
}

message QueryStats {
  int64 blocks_queried = 1;
  int64 merged_series_count = 2;
  int64 merged_chunks_count = 3;
  int64 postings_touched = 4;
  int64 postings_touched_size_sum = 5;
  int64 postings_to_fetch = 6;
  int64 postings_fetched = 7;
  int64 postings_fetched_size_sum = 8;
  int64 postings_fetch_count = 9;
  int64 series_touched = 10;
  int64 series_touched_size_sum = 11;
  int64 series_fetched = 12;
  int64 series_fetched_size_sum = 13;
  int64 series_fetch_count = 14;
  int64 chunks_touched = 15;
  int64 chunks_touched_size_sum = 16;
  int64 chunks_fetched = 17;
  int64 chunks_fetched_size_sum = 18;
  int64 chunks_fetch_count = 19;
  int64 data_downloaded_size_sum = 20;
  google.protobuf.Duration get_all_duration = 21;
  google.protobuf.Duration merge_duration = 22;
}
`,
  "store/labelpb/types.proto": `syntax = "proto3";
package thanos;

message Label {
  string name = 1;
  string value = 2;
}

// Sorted by name.
message LabelSet {
  repeated Label labels = 1;
}

// Equal to Label and LabelSet on the wire; Go has a variant without copying.
message ZLabel {
  string name = 1;
  string value = 2;
}

message ZLabelSet {
  repeated ZLabel labels = 1;
}
`,
  "store/storepb/prompb/remote.proto": `syntax = "proto3";
package prometheus_copy;

import "store/storepb/prompb/types.proto";

// Remote write 1.0.
message WriteRequest {
  repeated TimeSeries timeseries = 1;
  repeated MetricMetadata metadata = 3;
}

message ReadRequest {
  enum ResponseType {
    SAMPLES = 0;
    STREAMED_XOR_CHUNKS = 1;
  }
  repeated Query queries = 1;
  // In order of preference; none = SAMPLES.
  repeated ResponseType accepted_response_types = 2;
}

message ReadResponse {
  repeated QueryResult results = 1;
}

message Query {
  int64 start_timestamp_ms = 1;
  int64 end_timestamp_ms = 2;
  repeated LabelMatcher matchers = 3;
  ReadHints hints = 4;
}

message QueryResult {
  repeated TimeSeries timeseries = 1;
}

message ChunkedReadResponse {
  repeated ChunkedSeries chunked_series = 1;
  int64 query_index = 2;
}
`,
  "store/storepb/prompb/types.proto": `syntax = "proto3";
package prometheus_copy;

import "store/labelpb/types.proto";

message MetricMetadata {
  enum MetricType {
    UNKNOWN = 0;
    COUNTER = 1;
    GAUGE = 2;
    HISTOGRAM = 3;
    GAUGEHISTOGRAM = 4;
    SUMMARY = 5;
    INFO = 6;
    STATESET = 7;
  }
  MetricType type = 1;
  string metric_family_name = 2;
  string help = 4;
  string unit = 5;
}

message Sample {
  double value = 1;
  int64 timestamp = 2;
}

message Exemplar {
  repeated thanos.Label labels = 1;
  double value = 2;
  int64 timestamp = 3;
}

message Histogram {
  enum ResetHint {
    UNKNOWN = 0;
    YES = 1;
    NO = 2;
    GAUGE = 3;
  }
  oneof count {
    uint64 count_int = 1;
    double count_float = 2;
  }
  double sum = 3;
  sint32 schema = 4;
  double zero_threshold = 5;
  oneof zero_count {
    uint64 zero_count_int = 6;
    double zero_count_float = 7;
  }
  repeated BucketSpan negative_spans = 8;
  repeated sint64 negative_deltas = 9;
  repeated double negative_counts = 10;
  repeated BucketSpan positive_spans = 11;
  repeated sint64 positive_deltas = 12;
  repeated double positive_counts = 13;
  ResetHint reset_hint = 14;
  int64 timestamp = 15;
  repeated double custom_values = 16;
}

message BucketSpan {
  sint32 offset = 1;
  uint32 length = 2;
}

message TimeSeries {
  repeated thanos.Label labels = 1;
  repeated Sample samples = 2;
  repeated Exemplar exemplars = 3;
  repeated Histogram histograms = 4;
}

message LabelMatcher {
  enum Type {
    EQ = 0;
    NEQ = 1;
    RE = 2;
    NRE = 3;
  }
  Type type = 1;
  string name = 2;
  string value = 3;
}

message ReadHints {
  int64 step_ms = 1;
  string func = 2;
  int64 start_ms = 3;
  int64 end_ms = 4;
  repeated string grouping = 5;
  bool by = 6;
  int64 range_ms = 7;
}

// A chunk of remote read; types are those of the TSDB.
message Chunk {
  enum Encoding {
    UNKNOWN = 0;
    XOR = 1;
    HISTOGRAM = 2;
    FLOAT_HISTOGRAM = 3;
  }
  int64 min_time_ms = 1;
  int64 max_time_ms = 2;
  Encoding type = 3;
  bytes data = 4;
}

message ChunkedSeries {
  repeated thanos.Label labels = 1;
  repeated Chunk chunks = 2;
}
`,
  "store/storepb/rpc.proto": `syntax = "proto3";
package thanos;

import "google/protobuf/any.proto";
import "store/labelpb/types.proto";
import "store/storepb/prompb/types.proto";
import "store/storepb/types.proto";

// Series and labels; all times are ms since the epoch, inclusive.
service Store {
  // In order of labels. A series may come in several frames that follow each other.
  rpc Series(SeriesRequest) returns (stream SeriesResponse);
  rpc LabelNames(LabelNamesRequest) returns (LabelNamesResponse);
  rpc LabelValues(LabelValuesRequest) returns (LabelValuesResponse);
}

service WriteableStore {
  rpc RemoteWrite(WriteRequest) returns (WriteResponse);
}

message WriteResponse {}

message WriteRequest {
  repeated prometheus_copy.TimeSeries timeseries = 1;
  string tenant = 2;
  // From 1; 0 = not replicated yet.
  int64 replica = 3;
  // Many tenants in one request; when it is there, fields 1 and 2 are not looked at.
  repeated TimeSeriesTenantTuple timeseriesTenantData = 4;
}

message TimeSeriesTenantTuple {
  repeated prometheus_copy.TimeSeries timeseries = 1;
  string tenant = 2;
}

enum Aggr {
  RAW = 0;
  COUNT = 1;
  SUM = 2;
  MIN = 3;
  MAX = 4;
  COUNTER = 5;
}

message SeriesRequest {
  int64 min_time = 1;
  int64 max_time = 2;
  repeated LabelMatcher matchers = 3;
  int64 max_resolution_window = 4;
  repeated Aggr aggregates = 5;
  bool partial_response_disabled = 6;
  PartialResponseStrategy partial_response_strategy = 7;
  bool skip_chunks = 8;
  google.protobuf.Any hints = 9;
  int64 step = 10;
  int64 range = 11;
  QueryHints query_hints = 12;
  ShardInfo shard_info = 13;
  repeated string without_replica_labels = 14;
  int64 limit = 15;
  int64 response_batch_size = 16;
}

message QueryHints {
  int64 step_millis = 1;
  Func func = 2;
  Grouping grouping = 4;
  Range range = 5;
  repeated string projection_labels = 6;
  bool projection_include = 7;
  string series_hash_label_name = 8;
}

message ShardInfo {
  int64 shard_index = 1;
  int64 total_shards = 2;
  bool by = 3;
  repeated string labels = 4;
}

message Func {
  string name = 1;
}

message Grouping {
  bool by = 1;
  repeated string labels = 3;
}

message Range {
  int64 millis = 1;
}

message SeriesResponse {
  oneof result {
    Series series = 1;
    string warning = 2;
    google.protobuf.Any hints = 3;
    // Only when asked for by response_batch_size.
    SeriesBatch batch = 4;
  }
}

message LabelNamesRequest {
  bool partial_response_disabled = 1;
  PartialResponseStrategy partial_response_strategy = 2;
  int64 start = 3;
  int64 end = 4;
  google.protobuf.Any hints = 5;
  repeated LabelMatcher matchers = 6;
  repeated string without_replica_labels = 7;
  int64 limit = 8;
}

message LabelNamesResponse {
  repeated string names = 1;
  repeated string warnings = 2;
  google.protobuf.Any hints = 3;
}

message LabelValuesRequest {
  string label = 1;
  bool partial_response_disabled = 2;
  PartialResponseStrategy partial_response_strategy = 3;
  int64 start = 4;
  int64 end = 5;
  google.protobuf.Any hints = 6;
  repeated LabelMatcher matchers = 7;
  repeated string without_replica_labels = 8;
  int64 limit = 9;
}

message LabelValuesResponse {
  repeated string values = 1;
  repeated string warnings = 2;
  google.protobuf.Any hints = 3;
}
`,
  "store/storepb/types.proto": `syntax = "proto3";
package thanos;

import "store/labelpb/types.proto";

enum PartialResponseStrategy {
  WARN = 0;
  ABORT = 1;
}

message Chunk {
  // A TSDB chunk encoding less one.
  enum Encoding {
    XOR = 0;
    HISTOGRAM = 1;
    FLOAT_HISTOGRAM = 2;
  }
  Encoding type = 1;
  bytes data = 2;
  // xxhash64 of data; 0 = not computed.
  uint64 hash = 3;
}

message Series {
  repeated Label labels = 1;
  repeated AggrChunk chunks = 2;
}

message SeriesBatch {
  repeated Series series = 1;
}

message AggrChunk {
  int64 min_time = 1;
  int64 max_time = 2;
  Chunk raw = 3;
  Chunk count = 4;
  Chunk sum = 5;
  Chunk min = 6;
  Chunk max = 7;
  Chunk counter = 8;
}

message LabelMatcher {
  enum Type {
    EQ = 0;
    NEQ = 1;
    RE = 2;
    NRE = 3;
  }
  Type type = 1;
  string name = 2;
  string value = 3;
}
`,
  "targets/targetspb/rpc.proto": `syntax = "proto3";
package thanos;

import "google/protobuf/timestamp.proto";
import "store/labelpb/types.proto";
import "store/storepb/types.proto";

service Targets {
  rpc Targets(TargetsRequest) returns (stream TargetsResponse);
}

message TargetsRequest {
  enum State {
    ANY = 0;
    ACTIVE = 1;
    DROPPED = 2;
  }
  State state = 1;
  PartialResponseStrategy partial_response_strategy = 2;
}

message TargetsResponse {
  oneof result {
    TargetDiscovery targets = 1;
    string warning = 2;
  }
}

message TargetDiscovery {
  repeated ActiveTarget activeTargets = 1;
  repeated DroppedTarget droppedTargets = 2;
}

enum TargetHealth {
  DOWN = 0;
  UP = 1;
  UNKNOWN = 2;
}

message ActiveTarget {
  ZLabelSet discoveredLabels = 1;
  ZLabelSet labels = 2;
  string scrapePool = 3;
  string scrapeUrl = 4;
  string globalUrl = 5;
  string lastError = 6;
  google.protobuf.Timestamp lastScrape = 7;
  double lastScrapeDuration = 8;
  TargetHealth health = 9;
}

message DroppedTarget {
  ZLabelSet discoveredLabels = 1;
}
`,
};
