import { randomUUID } from 'node:crypto';
import { type Call, jsonReply, type Reply, type ServiceError, withBody } from './call.ts';
import { escapeXml } from './xml.ts';

const xmlReply = (status: number, body: string): Reply =>
  withBody({ status, headers: { 'content-type': 'text/xml' }, body: Buffer.alloc(0) }, body);

/** The error in the form that the call's protocol prescribes. */
export function errorReply(call: Pick<Call, 'protocol' | 'service'>, error: ServiceError): Reply {
  const code = escapeXml(error.code);
  const message = escapeXml(error.message);
  const id = randomUUID();
  switch (call.protocol) {
    case 'ec2':
      return xmlReply(
        error.status,
        `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>${id}</RequestID></Response>`,
      );
    case 'query':
      return xmlReply(
        error.status,
        `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>${id}</RequestId></ErrorResponse>`,
      );
    default: {
      if (call.service === 'ecr' && call.protocol === 'rest') {
        const errors = [{ code: error.code, message: error.message }];
        return jsonReply({ errors }, error.status, 'application/json');
      }
      if (call.service === 's3') {
        return xmlReply(error.status, `<Error><Code>${code}</Code><Message>${message}</Message></Error>`);
      }
      const reply = jsonReply({ ...error.details, __type: error.code, message: error.message }, error.status);
      return { ...reply, headers: { ...reply.headers, 'x-amzn-errortype': error.code } };
    }
  }
}
