import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Table } from '../../lambdas/store/table.ts';

type Item = Record<string, unknown>;
interface Input {
  readonly Key?: Item;
  readonly Item?: Item;
  readonly UpdateExpression?: string;
  readonly ConditionExpression?: string;
  readonly KeyConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Item;
  readonly ConsistentRead?: boolean;
  readonly ReturnValues?: 'ALL_NEW' | 'UPDATED_NEW';
  readonly ReturnValuesOnConditionCheckFailure?: string;
  readonly TransactItems?: readonly Readonly<Record<'Get' | 'Put' | 'Update' | 'Delete' | 'ConditionCheck', Input>>[];
}

/**
 * DynamoDB in memory, as far as lambdas/store uses it: get, put, update, delete, query by prefix and transactions. Of
 * expressions it knows `SET` with `if_not_exists` and `+`, `REMOVE`, and conditions of `=`, `attribute_exists` and
 * `attribute_not_exists` joined by AND; any other is an error, as is a read that may be stale: what the store reads
 * decides who changes what. Items are copied in and out.
 */
export function memoryTable(initial: readonly Item[] = []): {
  readonly table: Table;
  readonly items: () => readonly Item[];
} {
  let items = new Map<string, Item>();
  const id = ({ pk, sk }: Item): string => `${pk}\n${sk}`;
  for (const item of initial) items.set(id(item), structuredClone(item));

  const operations: Readonly<Record<string, (input: Input) => object>> = {
    Get: (input) => {
      checkFresh(input);
      return { Item: structuredClone(items.get(id(input.Key ?? {}))) };
    },
    Put: (input) => {
      const { Item = {} } = input;
      check(input, items.get(id(Item)));
      // As the document client is set up: undefined is left out.
      items.set(id(Item), JSON.parse(JSON.stringify(Item)) as Item);
      return {};
    },
    Update: (input) => {
      const { Key = {} } = input;
      const before = items.get(id(Key));
      check(input, before);
      const after = updated(input, before ?? Key);
      items.set(id(Key), after);
      return input.ReturnValues === undefined ? {} : { Attributes: structuredClone(after) };
    },
    Delete: (input) => {
      const { Key = {} } = input;
      check(input, items.get(id(Key)));
      items.delete(id(Key));
      return {};
    },
    ConditionCheck: (input) => {
      check(input, items.get(id(input.Key ?? {})));
      return {};
    },
    Query: (input) => {
      const { KeyConditionExpression, ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix = '' } = {} } = input;
      checkFresh(input);
      if (!/^pk = :pk( AND begins_with\(sk, :prefix\))?$/.test(KeyConditionExpression ?? ''))
        throw new Error(`the double knows no query ${KeyConditionExpression}`);
      const found = [...items.values()].filter((item) => item.pk === pk && String(item.sk).startsWith(String(prefix)));
      return { Items: structuredClone(found.sort((one, other) => (String(one.sk) < String(other.sk) ? -1 : 1))) };
    },
    TransactGet: ({ TransactItems = [] }) => ({
      Responses: TransactItems.map(({ Get: { Key = {} } }) => ({ Item: structuredClone(items.get(id(Key))) })),
    }),
    TransactWrite: ({ TransactItems = [] }) => {
      const before = items;
      items = new Map(before);
      const reasons = TransactItems.map((each) => {
        const [[name, input] = ['', {}]] = Object.entries(each);
        try {
          operations[name]?.(input);
          return { Code: 'None' };
        } catch (error) {
          if (!(error instanceof Error && error.name === 'ConditionalCheckFailedException')) throw error;
          return { Code: 'ConditionalCheckFailed' };
        }
      });
      if (reasons.every(({ Code }) => Code === 'None')) return {};
      items = before;
      throw Object.assign(new Error('cancelled'), {
        name: 'TransactionCanceledException',
        CancellationReasons: reasons,
      });
    },
  };

  const client = {
    send: async (command: { readonly input: Input }) => {
      const name = command.constructor.name.replace(/Command$/, '');
      const operation = operations[name];
      if (operation === undefined) throw new Error(`the double knows no ${name}`);
      return operation(command.input);
    },
    config: {},
  };
  // The SDK's paginators ask for an instance of the client.
  Object.setPrototypeOf(client, DynamoDBDocumentClient.prototype);
  return { table: { name: 't', client: client as unknown as Table['client'] }, items: () => [...items.values()] };
}

const attribute = ({ ExpressionAttributeNames: names }: Input, text: string): string => names?.[text] ?? text;

/** Events alone may lack the newest: people look at them, and nothing is decided by them. */
function checkFresh({ ConsistentRead, ExpressionAttributeValues: values }: Input): void {
  if (ConsistentRead !== true && values?.[':prefix'] !== 'EVENT#')
    throw new Error('the double knows no read that may be stale');
}

function check(input: Input, item: Item | undefined): void {
  if (input.ConditionExpression === undefined) return;
  const holds = input.ConditionExpression.split(' AND ').every((condition) => {
    const [, test, name] = /^(attribute_exists|attribute_not_exists)\((\S+)\)$/.exec(condition) ?? [];
    if (name !== undefined) return (item?.[attribute(input, name)] !== undefined) === (test === 'attribute_exists');
    const [, left, right] = /^(\S+) = (:\w+)$/.exec(condition) ?? [];
    if (left === undefined || right === undefined) throw new Error(`the double knows no condition ${condition}`);
    return item?.[attribute(input, left)] === input.ExpressionAttributeValues?.[right];
  });
  if (holds) return;
  // What stands there instead, as DynamoDB writes it: strings and numbers.
  const Item =
    item && Object.fromEntries(Object.entries(item).map(([name, value]) => [name, marshalled(value)] as const));
  throw Object.assign(new Error('no'), {
    name: 'ConditionalCheckFailedException',
    ...(input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' ? { Item } : {}),
  });
}

const marshalled = (value: unknown): object => (typeof value === 'number' ? { N: String(value) } : { S: value });

function updated(input: Input, before: Item): Item {
  const { UpdateExpression = '', ExpressionAttributeValues: values = {} } = input;
  const after = structuredClone(before);
  const operand = (text: string): unknown => {
    const [, one, other] = /^(.+) \+ (\S+)$/.exec(text) ?? [];
    if (one !== undefined && other !== undefined) return Number(operand(one)) + Number(operand(other));
    const [, name, fallback] = /^if_not_exists\((\S+), (\S+)\)$/.exec(text) ?? [];
    if (name !== undefined && fallback !== undefined) return at(name) ?? operand(fallback);
    return structuredClone(values[text]);
  };
  const path = (text: string): readonly string[] => text.split('.').map((each) => attribute(input, each));
  const at = (text: string): unknown =>
    path(text).reduce<unknown>((value, name) => (value as Item | undefined)?.[name], after);
  for (const [, clause, list = ''] of UpdateExpression.matchAll(/(SET|REMOVE) (.+?)(?= (?:SET|REMOVE) |$)/g)) {
    for (const action of list.split(/, (?![^(]*\))/)) {
      const [target = '', value = ''] = action.split(/ = (.+)/);
      const names = path(target);
      const parent = names.slice(0, -1).reduce<Item>((part, name) => part[name] as Item, after);
      const last = names.at(-1) ?? '';
      if (clause === 'REMOVE') delete parent[last];
      else parent[last] = operand(value);
    }
  }
  return after;
}
