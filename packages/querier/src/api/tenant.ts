import type { HttpRequest } from '@tsanos/runtime';
import { ApiError } from './api-error.ts';
import type { Caller } from './tasks.ts';

/** Where the tenant of a request comes from. */
export interface TenantRules {
  /** Lower case. */
  readonly header: string;
  readonly defaultTenant: string;
  /** Field of the client's certificate; it beats the header. '' = not used. */
  readonly certificateField: string;
  /** Label that must have the tenant as its value; undefined where tenancy is not enforced. */
  readonly enforcedLabel: string | undefined;
}

/** Thanos' own header, which counts whatever the configured one is called. */
const THANOS_HEADER = 'thanos-tenant';

/** Who asks: certificate, header, default; a tenant with a path separator is refused. */
export function tenantOf(request: HttpRequest, rules: TenantRules): Caller {
  const tenant =
    fromCertificate(request, rules) ?? request.headers[rules.header] ?? request.headers[THANOS_HEADER] ?? '';
  if (tenant === '') return { tenant: rules.defaultTenant, tenantLabel: rules.enforcedLabel };
  if (tenant.includes('/') || tenant === '.' || tenant === '..')
    throw new ApiError('bad_data', `tenant name ${JSON.stringify(tenant)} is not valid`);
  return { tenant, tenantLabel: rules.enforcedLabel };
}

function fromCertificate(request: HttpRequest, rules: TenantRules): string | undefined {
  if (rules.certificateField === '') return undefined;
  const certificate = request.clientCertificate;
  const field = rules.certificateField as 'organization' | 'organizationalUnit' | 'commonName';
  const value = certificate?.[field] ?? '';
  if (value === '')
    throw new ApiError(
      'bad_data',
      `could not get required certificate field ${rules.certificateField} from client cert`,
    );
  return value;
}
