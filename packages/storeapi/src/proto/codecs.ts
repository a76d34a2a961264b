import { codec } from './codec.ts';
import type * as m from './messages.ts';

/** The cold messages by service. */
export const codecs = {
  infoRequest: codec<object>('thanos.info.InfoRequest'),
  infoResponse: codec<m.InfoResponse>('thanos.info.InfoResponse'),
  seriesRequest: codec<m.WireSeriesRequest>('thanos.SeriesRequest'),
  labelNamesRequest: codec<m.WireLabelNamesRequest>('thanos.LabelNamesRequest'),
  labelNamesResponse: codec<m.WireLabelNamesResponse>('thanos.LabelNamesResponse'),
  labelValuesRequest: codec<m.WireLabelValuesRequest>('thanos.LabelValuesRequest'),
  labelValuesResponse: codec<m.WireLabelValuesResponse>('thanos.LabelValuesResponse'),
  rulesRequest: codec<m.RulesRequest>('thanos.RulesRequest'),
  rulesResponse: codec<m.RulesResponse>('thanos.RulesResponse'),
  targetsRequest: codec<m.TargetsRequest>('thanos.TargetsRequest'),
  targetsResponse: codec<m.TargetsResponse>('thanos.TargetsResponse'),
  metadataRequest: codec<m.MetricMetadataRequest>('thanos.MetricMetadataRequest'),
  metadataResponse: codec<m.MetricMetadataResponse>('thanos.MetricMetadataResponse'),
  exemplarsRequest: codec<m.ExemplarsRequest>('thanos.ExemplarsRequest'),
  exemplarsResponse: codec<m.ExemplarsResponse>('thanos.ExemplarsResponse'),
  statisticsRequest: codec<m.TsdbStatisticsRequest>('thanos.TSDBStatisticsRequest'),
  statisticsResponse: codec<m.TsdbStatisticsResponse>('thanos.TSDBStatisticsResponse'),
} as const;
