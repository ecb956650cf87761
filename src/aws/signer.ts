import type { SSMClientConfig } from '@aws-sdk/client-ssm';

/** What the SDK takes for credentials: keys, or a function that fetches some. */
export type Credentials = NonNullable<SSMClientConfig['credentials']>;

type Signer = NonNullable<SSMClientConfig['signer']>;

/** What a signature is good for; `service` is AWS's signing name (`application-autoscaling`). */
export interface SigningScope {
  readonly region: string;
  readonly service: string;
}

/**
 * Signs nothing, and says for whom: a simulated account reads access key, region and service from the
 * credential scope and checks no signature.
 */
export function createStubSigner(credentials: Credentials, { region, service }: SigningScope): Signer {
  const keys = keysOf(credentials);
  return {
    async sign(request) {
      const { accessKeyId } = await keys();
      const scope = `${accessKeyId}/19700101/${region}/${service}/aws4_request`;
      request.headers.authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=stub`;
      return request;
    },
  };
}

/** Credentials as a function that gives the keys of now. */
function keysOf(credentials: Credentials): Extract<Credentials, (...given: never[]) => unknown> {
  return typeof credentials === 'function' ? credentials : async () => credentials;
}
